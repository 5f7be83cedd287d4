// docker/ai-service/entrypoint.sh, run as it is: real listeners, real folders, one fault at a time.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';

const script = join(import.meta.dirname, '../../../docker/ai-service/entrypoint.sh');
const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
/** The middle of the key: what nobody may ever read in a log. */
const secret = key.split('\n')[1]!;

/** A port of the loopback that takes connections. */
async function listener(): Promise<{ server: Server; port: number }> {
  const server = createServer(socket => socket.end());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

/** A port of the loopback that nobody listens on. */
async function closedPort(): Promise<number> {
  const { server, port } = await listener();
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** A port that answers nobody: its queue has room for one, and that one is there. */
async function silentPort(t: TestContext): Promise<number> {
  const code =
    'import socket, time; s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(0); print(s.getsockname()[1], flush=True); time.sleep(60)';
  const child = spawn('python3', ['-c', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  const port = Number(await new Promise<string>(resolve => child.stdout.once('data', data => resolve(String(data)))));
  const socket = await new Promise<Socket>(resolve => {
    const opened = connect(port, '127.0.0.1', () => resolve(opened));
  });
  t.after(() => socket.destroy());
  return port;
}

describe('entrypoint of the ai-service', () => {
  let folder: string;
  let redis: Awaited<ReturnType<typeof listener>>;
  let kafka: Awaited<ReturnType<typeof listener>>;
  let good: Record<string, string>;
  const keyFile = () => join(folder, 'keys/signing_key.pem');

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-entrypoint-'));
    mkdirSync(join(folder, 'models'));
    mkdirSync(join(folder, 'empty'));
    writeFileSync(join(folder, 'models/detector.json'), '{}');
    [redis, kafka] = await Promise.all([listener(), listener()]);
    good = {
      NODE_ID: 'ai-1',
      ENVIRONMENT: 'test',
      KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${kafka.port},127.0.0.1:1`,
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(redis.port),
      ED25519_SIGNING_KEY_ID: 'ai-1',
      ED25519_DOMAIN_SEPARATION: 'cybermesh',
      AI_SIGNING_KEY_CONTENT: key,
      KEYS_FOLDER: join(folder, 'keys'),
      MODELS_FOLDER: join(folder, 'models'),
    };
  });
  after(() => {
    redis.server.close();
    kafka.server.close();
    rmSync(folder, { recursive: true });
  });

  /** Runs it with what differs from the good environment, undefined for a variable that is not set; the lines on stderr. */
  function run(change: Record<string, string | undefined> = {}, command = ['env']) {
    const env = { PATH: process.env.PATH, ...good, ...change };
    return new Promise<{ status: number; stdout: string; lines: string[] }>(resolve => {
      execFile('sh', [script, ...command], { env }, (error, stdout, stderr) => {
        assert.ok(!`${stdout}${stderr}`.includes(secret), 'the key is told');
        const lines = stderr.split('\n').filter(Boolean);
        resolve({ status: error ? Number(error.code) : 0, stdout, lines });
      });
    });
  }

  /** Nothing is started, and the only line is of this form. */
  async function refuses(change: Record<string, string | undefined>, form: RegExp): Promise<void> {
    const { status, stdout, lines } = await run(change);
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0]!, form);
    assert.deepEqual([status, stdout], [1, '']);
  }

  test('where all is there it says nothing and becomes the service, which has the key as a file and not in its environment (M6)', async () => {
    mkdirSync(join(folder, 'keys'), { recursive: true });
    writeFileSync(keyFile(), 'of before');
    chmodSync(keyFile(), 0o644);
    const { status, stdout, lines } = await run();
    assert.deepEqual([status, lines], [0, []]);
    assert.match(stdout, /^NODE_ID=ai-1$/m);
    assert.doesNotMatch(stdout, /AI_SIGNING_KEY_CONTENT|PRIVATE/);
    assert.equal(readFileSync(keyFile(), 'utf8').trim(), key.trim());
    assert.equal(statSync(keyFile()).mode & 0o777, 0o600);
  });

  test('the service takes the place of the script, and its exit status is that of the container (M6)', async () => {
    const { status, stdout } = await run({}, ['sh', '-c', 'echo "$$ $PPID"; exit 7']);
    assert.equal(status, 7);
    assert.equal(stdout.trim().split(' ')[1], String(process.pid), 'no shell stays in between');
  });

  const required = [
    ...['NODE_ID', 'ENVIRONMENT', 'KAFKA_BOOTSTRAP_SERVERS', 'REDIS_HOST', 'REDIS_PORT'],
    ...['ED25519_SIGNING_KEY_ID', 'ED25519_DOMAIN_SEPARATION'],
  ];
  for (const name of required) {
    test(`${name} that is not set, or blank, is one line that says where it belongs (M6)`, async () => {
      const form = new RegExp(`^entrypoint: ${name} is not set; expected .+; add it to the ConfigMap`);
      await refuses({ [name]: undefined }, form);
      await refuses({ [name]: ' ' }, form);
    });
  }

  test('no signing key: the line names the Secret and its key (M6)', async () => {
    const form = /no signing key: AI_SIGNING_KEY_CONTENT is not set; .*ai-service-secret, key signing_key_pem/;
    await refuses({ AI_SIGNING_KEY_CONTENT: undefined }, form);
    await refuses({ AI_SIGNING_KEY_CONTENT: '' }, form);
  });

  test('a signing key that is none is refused, and not told (M6)', async () => {
    await refuses(
      { AI_SIGNING_KEY_CONTENT: secret },
      /AI_SIGNING_KEY_CONTENT is no key; expected a private key in PEM/,
    );
    const half = key.split('-----END')[0]!;
    await refuses({ AI_SIGNING_KEY_CONTENT: half }, /AI_SIGNING_KEY_CONTENT is no key/);
  });

  test('a folder for the key that cannot be written to is told with the mount that it needs (M6)', async () => {
    const KEYS_FOLDER = join(folder, 'models/detector.json/keys');
    await refuses({ KEYS_FOLDER }, /signing_key\.pem cannot be written by user \d+; .*emptyDir at \/tmp$/);
  });

  test('a model folder that is not there, or is empty but for what a fresh disk has, is told (M6)', async () => {
    await refuses({ MODELS_FOLDER: join(folder, 'none') }, /the model folder .+\/none is not there; .*init container/);
    mkdirSync(join(folder, 'empty/lost+found'), { recursive: true });
    await refuses({ MODELS_FOLDER: join(folder, 'empty') }, /the model folder .+\/empty is empty; expected models/);
  });

  test('Redis that refuses is told with its address and what to look at (M6)', async () => {
    const REDIS_PORT = String(await closedPort());
    const form = new RegExp(
      `Redis cannot be reached at 127\\.0\\.0\\.1 port ${REDIS_PORT} \\(Connection refused\\); .*NetworkPolicy`,
    );
    await refuses({ REDIS_PORT }, form);
  });

  test('a port of Redis that is none is told before anything is dialled (M6)', async () => {
    for (const port of ['0', '65536', 'tcp://10.0.0.1:6379', '6379\n']) {
      await refuses({ REDIS_PORT: port }, /REDIS_PORT is ".*"; expected a port, 1 to 65535/);
    }
  });

  test('of several Kafka brokers the first is asked: its fault is told, one of another is not (M6)', async () => {
    const closed = await closedPort();
    const down = `127.0.0.1:${closed}`;
    const up = `127.0.0.1:${kafka.port}`;
    const form = new RegExp(
      `first Kafka broker cannot be reached at 127\\.0\\.0\\.1 port ${closed} \\(Connection refused\\)`,
    );
    await refuses({ KAFKA_BOOTSTRAP_SERVERS: `${down},${up}` }, form);
    assert.equal((await run({ KAFKA_BOOTSTRAP_SERVERS: ` ${up} , ${down}` })).status, 0);
  });

  test('a broker without a port, or no broker before the first comma, is told as it stands there (M6)', async () => {
    for (const first of ['kafka', 'kafka:', ':9092', '::1:9092', 'kafka:http', '']) {
      const form = new RegExp(`KAFKA_BOOTSTRAP_SERVERS begins with "${first}"; expected host:port`);
      await refuses({ KAFKA_BOOTSTRAP_SERVERS: `${first},127.0.0.1:${kafka.port}` }, form);
    }
  });

  test('addresses of IPv6 stand in brackets (M6)', async () => {
    // 127.0.0.1 as IPv6 writes it: it is reached on machines that have no ::1, too.
    const six = '[::ffff:127.0.0.1]';
    const address = { KAFKA_BOOTSTRAP_SERVERS: `${six}:${kafka.port}`, REDIS_HOST: six };
    assert.deepEqual((await run(address)).lines, []);
    const KAFKA_BOOTSTRAP_SERVERS = `[::1]:${await closedPort()}`;
    await refuses({ KAFKA_BOOTSTRAP_SERVERS }, /first Kafka broker cannot be reached at ::1 port \d+ /);
  });

  test('who does not answer is given up after 5 s (M6)', async t => {
    const started = Date.now();
    const REDIS_PORT = String(await silentPort(t));
    await refuses({ REDIS_PORT }, /Redis cannot be reached at 127\.0\.0\.1 port \d+ \((no answer|timed out)\)/);
    const took = (Date.now() - started) / 1000;
    // Left to itself, the system goes on for two minutes.
    assert.ok(took >= 5 && took < 40, `it took ${took} s`);
  });

  test('all faults are told at once, a line each (M6)', async () => {
    const { status, lines } = await run({
      NODE_ID: undefined,
      AI_SIGNING_KEY_CONTENT: undefined,
      MODELS_FOLDER: join(folder, 'none'),
      REDIS_PORT: 'x',
      KAFKA_BOOTSTRAP_SERVERS: 'kafka',
    });
    const parts = [/NODE_ID/, /AI_SIGNING_KEY_CONTENT/, /model folder/, /REDIS_PORT/, /KAFKA_BOOTSTRAP_SERVERS/];
    assert.equal(status, 1);
    assert.equal(lines.length, parts.length, lines.join('\n'));
    for (const [at, part] of parts.entries()) assert.match(lines[at]!, part);
  });
});

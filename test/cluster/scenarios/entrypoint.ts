// The entrypoint of CyberMesh's ai-service in the image that runs: each of its checks meets its fault, in a pod of the
// cluster that has all else as the service has it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NETWORK } from '../../../sandbox/config.ts';
import { until } from '../../../sandbox/until.ts';
import { namespace, type PodSpec, podOf } from '../support/cybermesh.ts';
import type { Fixture } from '../support/fixture.ts';
import { endingsOf, withPod } from '../support/pod.ts';

const needed = [
  ...['NODE_ID', 'ENVIRONMENT', 'KAFKA_BOOTSTRAP_SERVERS', 'REDIS_HOST', 'REDIS_PORT'],
  ...['ED25519_SIGNING_KEY_ID', 'ED25519_DOMAIN_SEPARATION'],
];

/** The pod of the ai-service, with other values of variables, that says `started` and ends where the service would start. */
function podWith(pod: PodSpec, change: Record<string, string>, edit: (pod: PodSpec) => void = () => {}): PodSpec {
  const copy = structuredClone(pod);
  const [container] = copy.containers;
  container.env = (container.env ?? []).filter(({ name }) => !(name in change));
  container.env.push(...Object.entries(change).map(([name, value]) => ({ name, value })));
  container.args = ['echo', 'started'];
  // Many of them at once.
  container.resources = { requests: { cpu: '1m', memory: '16Mi' }, limits: { memory: '256Mi' } };
  edit(copy);
  return copy;
}

/** A pod that accepts no connection and refuses none: the one that its queue has room for is there. */
const silentPort = 7000;
const silence = `
import socket, time
listener = socket.socket()
listener.bind(("0.0.0.0", ${silentPort}))
listener.listen(0)
first = socket.create_connection(("127.0.0.1", ${silentPort}))
print("silent", flush=True)
time.sleep(600)
`;

async function withSilence<T>(f: Fixture, act: (address: string) => Promise<T>): Promise<T> {
  const { serviceAccountName: serviceAccount, containers } = await podOf(f, 'ai-service');
  const [name, { image }, command] = ['silence', containers[0], ['python3', '-c', silence]];
  return withPod(f, { name, namespace, image, command, serviceAccount }, async () => {
    const address = async () => {
      const said = await f.kube(['logs', name, '--namespace', namespace]);
      const pod = await f.get<{ status: { podIP?: string } }>('pod', name, '--namespace', namespace);
      return said.includes('silent') && pod?.status.podIP ? { ip: pod.status.podIP } : undefined;
    };
    return act((await until('a pod that is silent', address, { limit: 60_000, every: 250 })).ip);
  });
}

/** Follows the scenario of CyberMesh, whose services run. */
export function entrypoint(fixture: () => Fixture): void {
  test('the ai-service as it is built says each fault of its surroundings in a line, and starts where there is none (M6)', async () => {
    const f = fixture();
    const pod = await podOf(f, 'ai-service');
    const { nodeIP, redisPort, kafkaPort } = NETWORK;
    const refuses = `${nodeIP}:1`;
    const up = `${nodeIP}:${kafkaPort}`;
    const withoutMount = ({ containers: [container] }: PodSpec) => {
      container.volumeMounts = container.volumeMounts.filter(({ mountPath }) => mountPath !== '/app/data/models');
    };
    const endings = await withSilence(f, silent =>
      endingsOf(f, namespace, {
        'all-there': podWith(pod, {}),
        'second-broker': podWith(pod, { KAFKA_BOOTSTRAP_SERVERS: `${up},${refuses}` }),
        variables: podWith(pod, Object.fromEntries(needed.map(name => [name, '']))),
        'no-key': podWith(pod, { AI_SIGNING_KEY_CONTENT: '' }),
        'other-key': podWith(pod, { AI_SIGNING_KEY_CONTENT: 'c2lnbmluZw==' }),
        'key-folder': podWith(pod, { KEYS_FOLDER: '/app/keys' }),
        'no-models': podWith(pod, {}, withoutMount),
        'empty-models': podWith(pod, {}, spec => delete spec.initContainers),
        'redis-port': podWith(pod, { REDIS_PORT: 'tcp://redis' }),
        'redis-refuses': podWith(pod, { REDIS_PORT: '1' }),
        'redis-silent': podWith(pod, { REDIS_HOST: silent, REDIS_PORT: String(silentPort) }),
        'redis-unknown': podWith(pod, { REDIS_HOST: 'redis.invalid', REDIS_PORT: String(redisPort) }),
        'broker-words': podWith(pod, { KAFKA_BOOTSTRAP_SERVERS: `kafka,${up}` }),
        'broker-refuses': podWith(pod, { KAFKA_BOOTSTRAP_SERVERS: `${refuses},${up}` }),
        'broker-silent': podWith(pod, { KAFKA_BOOTSTRAP_SERVERS: `${silent}:${silentPort},${up}` }),
      }),
    );
    for (const name of ['all-there', 'second-broker'] as const) {
      assert.deepEqual([endings[name].status, endings[name].lines], [0, ['started']], name);
    }
    const says = (name: keyof typeof endings, ...forms: RegExp[]) => {
      const { status, lines } = endings[name];
      assert.deepEqual([status, lines.length], [1, forms.length], `${name}: ${lines.join('\n')}`);
      for (const [at, form] of forms.entries()) assert.match(lines[at]!, form, name);
    };
    says('variables', ...needed.map(name => new RegExp(`^entrypoint: ${name} is not set; .* ConfigMap`)));
    says('no-key', /^entrypoint: there is no signing key: .* Secret ai-service-secret, key signing_key_pem/);
    says('other-key', /^entrypoint: AI_SIGNING_KEY_CONTENT is no key; expected a private key in PEM/);
    says('key-folder', /^entrypoint: \/app\/keys\/signing_key\.pem cannot be written by user 1001; .*emptyDir/);
    says('no-models', /^entrypoint: the model folder \/app\/data\/models is not there; .*init container/);
    says('empty-models', /^entrypoint: the model folder \/app\/data\/models is empty; .*init container/);
    says('redis-port', /^entrypoint: REDIS_PORT is "tcp:\/\/redis"; expected a port/);
    says('redis-refuses', /^entrypoint: Redis cannot be reached at \S+ port 1 \(Connection refused\); .*NetworkPolicy/);
    says(
      'redis-silent',
      /^entrypoint: Redis cannot be reached at \S+ port 7000 \((no answer|timed out)\); .* within 5 s/,
    );
    says('redis-unknown', /^entrypoint: Redis cannot be reached at redis\.invalid port \d+ \(.+\); .*check REDIS_HOST/);
    says('broker-words', /^entrypoint: KAFKA_BOOTSTRAP_SERVERS begins with "kafka"; expected host:port/);
    says(
      'broker-refuses',
      /^entrypoint: the first Kafka broker cannot be reached at \S+ port 1 \(Connection refused\);/,
    );
    says(
      'broker-silent',
      /^entrypoint: the first Kafka broker cannot be reached at \S+ port 7000 \((no answer|timed out)\);/,
    );
    for (const name of ['redis-silent', 'broker-silent'] as const) {
      // Left to itself, the system goes on for two minutes.
      assert.ok(endings[name].seconds >= 4 && endings[name].seconds < 40, `${name}: ${endings[name].seconds} s`);
    }
  });
}

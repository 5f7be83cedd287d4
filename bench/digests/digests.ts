// How long it takes to learn the digests of images, beside crane and kbld.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveRegistry } from '../../test/engine/registry-process.ts';
import { selfSigned } from '../../test/engine/tls-registry.ts';
import { atLeast, type Benchmark, number } from '../benchmark.ts';
import { median } from '../statistics.ts';
import { type Pushed, pushImages } from '../support/images.ts';
import { ensurePrograms } from '../support/programs.ts';
import { type Door, openDoor } from './delay.ts';
import { tag, type Way, waysOf } from './ways.ts';

const counts = [12, 200];
/** Milliseconds that each answer of the registry comes later. */
const delays = [0, 20];
const situations = delays.flatMap(delay =>
  counts.map(count => ({
    count,
    delay,
    what: `${count} images ${delay === 0 ? 'on loopback' : `with ${delay} ms more an answer`}`,
  })),
);

export const digests: Benchmark = {
  title: 'the digests of many images',
  about:
    'The digests of 12 and of 200 images of a real registry behind TLS on loopback, as it is and with 20 ms added to each answer: as the program asks, a loop of `crane digest` with a process an image, and `kbld`, which asks for several at a time. In turns.',
  needs: 'Go and the Go proxy in reach, for crane and kbld and the registry, and three minutes of a compiler, once',
  runs: 5,
  judge: series =>
    situations.flatMap(({ what }, i) => {
      const [track, lock, crane, kbld] = series.slice(4 * i, 4 * i + 4).map(({ values }) => median(values));
      const own = Math.max(track!, lock!);
      return [
        atLeast(`${what}, against a loop of \`crane digest\``, crane! / own, 5, 'times faster'),
        atLeast(`${what}, against \`kbld\``, kbld! / own, 1, 'times as fast'),
      ];
    }),
  async measure({ runs, say }) {
    const programs = await ensurePrograms(['crane', 'kbld']);
    process.env.SLIPWAY_REGISTRY_BIN = programs.registry;
    const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
    try {
      const images = await fill(join(folder, 'data'));
      const { certificate, key } = await selfSigned();
      await writeFile(join(folder, 'ca.pem'), certificate);
      const env = {
        PATH: process.env.PATH,
        HOME: folder,
        NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
        // This one certificate alone: programs in Go would read all of the machine's at each start.
        SSL_CERT_FILE: join(folder, 'ca.pem'),
        SSL_CERT_DIR: join(folder, 'none'),
      };
      const ways = waysOf(programs, env);
      const registry = await serveRegistry(
        configuration(join(folder, 'data'), { tls: { certificate: 'tls.crt', key: 'tls.key' } }),
        { files: { 'tls.crt': certificate, 'tls.key': key } },
      );
      try {
        return await compare(ways, images, Number(new URL(registry.url).port), runs, say);
      } finally {
        await registry.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Images in the registry's storage, in which another registry then finds them. */
async function fill(storage: string): Promise<Pushed[]> {
  const registry = await serveRegistry(configuration(storage));
  try {
    const repositories = Array.from({ length: Math.max(...counts) }, (_, i) => `team/service-${i + 1}`);
    return await pushImages(registry, repositories, tag);
  } finally {
    await registry.stop();
  }
}

const configuration = (rootdirectory: string, http: object = {}) => ({
  version: '0.1',
  log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
  storage: { filesystem: { rootdirectory } },
  http: { addr: '127.0.0.1:0', ...http },
});

async function compare(ways: Way[], images: Pushed[], port: number, runs: number, say: (line: string) => void) {
  const all = situations.flatMap(situation => ways.map(way => ({ situation, way, seconds: [] as number[] })));
  const starts = ways.map(() => [] as number[]);
  const doors = new Map<number, Door>();
  for (const delay of delays) if (delay > 0) doors.set(delay, await openDoor(port, delay));
  try {
    // Once each, so that programs and manifests are in the disk's cache.
    for (const way of ways) await way.ask(images, port);
    for (let run = 1; run <= runs; run++) {
      for (const { situation, way, seconds } of all) {
        seconds.push(await way.ask(images.slice(0, situation.count), doors.get(situation.delay)?.port ?? port));
      }
      for (const [i, way] of ways.entries()) starts[i]!.push(await way.start());
      say(`run ${run} of ${runs}: ${all.map(({ seconds }) => number(seconds.at(-1)!)).join(', ')} s`);
    }
  } finally {
    for (const door of doors.values()) door.stop();
  }
  return {
    series: all.map(({ situation, way, seconds }) => ({
      what: `${situation.what}: ${way.what}`,
      unit: 's',
      values: seconds,
    })),
    tables: [
      {
        title: 'The start and the end of each program alone, with nothing to ask:',
        rows: [['program', 'median'], ...ways.map(({ what }, i) => [what, `${number(median(starts[i]!))} s`])],
      },
    ],
    notes: [
      'The program runs already when it asks, so its time is from the first question to the last answer, in a process that has asked nothing before: the HTTP client is loaded in it, and connections are made. For crane and kbld it is a process from its start to its end: nobody has them running.',
      'A stack that tracks reads the manifest that a tag names, for the commit that it carries; one that locks reads each manifest by its digest, and checks the bytes. crane and kbld ask for the digest of a tag alone (HEAD). The figures are of the slower of both. The program asks for 16 at a time.',
      'crane 0.22.1 is a process an image, as a script starts it: a connection, a question whether there is the API (`/v2/`), and one for the manifest. kbld 0.46.0 asks for 4 images at a time, its default, and the same of each of them twice: it refuses a registry whose digests change between two questions.',
      'All clients trust one certificate and no other, so that none reads the certificates of the machine. Answers are delayed by a door in front of the registry; to connect to it takes no longer than without.',
    ],
  };
}

// How long it takes to bring an image from one registry to another, beside skopeo, crane and regctl.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../sandbox/tools/run.ts';
import { serveRegistry } from '../../test/engine/registry-process.ts';
import { selfSigned } from '../../test/engine/tls-registry.ts';
import { atLeast, type Benchmark, number } from '../benchmark.ts';
import { median } from '../statistics.ts';
import { ensurePrograms } from '../support/programs.ts';
import { checkStored, configuration, makeImage } from './image.ts';
import { type Spent, waysOf } from './ways.ts';

const situations = ['nothing there', 'half of it there'] as const;
const rivals = ['`skopeo copy --all`', '`crane copy`', '`regctl image copy`'];

export const copy: Benchmark = {
  title: 'an image from one registry to another',
  about:
    'An image of 1 GB for two platforms (four layers each, of 200 and 50 MB, random bytes), from one real registry to another, both behind TLS on loopback: to one that has nothing, and to one that has the lower half of the layers. `slipway copy`, `skopeo copy --all`, `crane copy` and `regctl image copy`, in turns, each a process from its start to its end.',
  needs:
    'Go and the Go proxy in reach, for crane, regctl and the registry, Debian’s packages by apt, for skopeo, once; and 4 GB of disk under the folder for temporary files',
  runs: 5,
  judge: series =>
    situations.flatMap((situation, i) => {
      const [own, ...others] = series.slice(4 * i, 4 * i + 4).map(({ values }) => median(values));
      // What was promised is as fast as skopeo.
      return [atLeast(`1 GB, ${situation}, against ${rivals[0]}`, others[0]! / own!, 1, 'times as fast')];
    }),
  async measure({ runs, say }) {
    const programs = await ensurePrograms(['crane', 'regctl']);
    process.env.SLIPWAY_REGISTRY_BIN = programs.registry;
    const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
    const storage = (name: string) => join(folder, name);
    try {
      const { certificate, key } = await selfSigned();
      const authority = storage('ca.pem');
      await writeFile(authority, certificate);
      const ways = await waysOf(programs, {
        PATH: process.env.PATH,
        HOME: folder,
        TIMES: storage('times'),
        NODE_EXTRA_CA_CERTS: authority,
        SSL_CERT_FILE: authority,
        SSL_CERT_DIR: storage('none'),
      });
      const serve = (name: string) =>
        serveRegistry(configuration(storage(name), { tls: { certificate: 'tls.crt', key: 'tls.key' } }), {
          files: { 'tls.crt': certificate, 'tls.key': key },
        });
      say('making the image');
      const image = await makeImage(storage('whole'), storage('half'));
      const all = situations.flatMap(situation => ways.map(way => ({ situation, way, spent: [] as Spent[] })));
      const source = await serve('whole');
      try {
        for (let round = 1; round <= runs; round++) {
          // Each is first, second, … in turn: what goes on beside is not always the same one's.
          const first = (round - 1) % all.length;
          for (const { situation, way, spent } of [...all.slice(first), ...all.slice(0, first)]) {
            // Links: a registry writes a file anew and moves it, and leaves those that are there.
            if (situation !== 'nothing there') await run('cp', ['-al', storage('half'), storage('target')]);
            // What was written before does not fall into this one's time.
            await run('sync', []);
            const target = await serve('target');
            try {
              spent.push(await way.copy(new URL(source.url).host, new URL(target.url).host));
            } finally {
              await target.stop();
            }
            await checkStored(storage('target'), image);
            await rm(storage('target'), { recursive: true });
          }
          say(`run ${round} of ${runs}: ${all.map(({ spent }) => number(spent.at(-1)!.wall)).join(', ')} s`);
        }
      } finally {
        await source.stop();
      }
      const series = (what: string, of: keyof Spent) =>
        all.map(({ situation, way, spent }) => ({
          what: `${situation}: ${way.what}${what}`,
          unit: 's',
          values: spent.map(each => each[of]),
        }));
      const wall = series('', 'wall');
      return {
        series: [...wall, ...series(', its processors', 'cpu')],
        tables: [
          {
            title: 'How many times as fast `slipway copy` is, by the medians:',
            rows: [
              ['against', ...situations],
              ...rivals.map((rival, i) => [
                rival,
                ...situations.map((_, at) =>
                  number(median(wall[4 * at + 1 + i]!.values) / median(wall[4 * at]!.values)),
                ),
              ]),
            ],
          },
        ],
        notes: [
          'The two registries (distribution v3) run on the same processors, and check and store each byte; their time is in what the clock shows, and not in what the processors of each program spent. The source’s files are in the disk’s cache.',
          '`slipway copy` looks for what is attached to each manifest (signatures, bills of materials) and copies it; the others are asked for the image alone, as they do by themselves. There is nothing attached here.',
          'skopeo 1.9.3 is Debian 12’s, built with the Go of 2022; crane 0.22.1 and regctl 0.11.7 are built here. All trust one certificate and no other.',
        ],
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

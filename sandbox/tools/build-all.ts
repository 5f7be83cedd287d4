// Builds what is missing, in order, each under a lock of its own so that checkouts and CI jobs share the work.

import { rm } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import pMap from 'p-map';
import { type CompileOptions, compile } from './compile.ts';
import type { Report, ToolEvent } from './report.ts';
import { ensureFolder } from './store.ts';
import type { GoBuild, Tool } from './tool.ts';

export interface Wanted {
  tool: Tool;
  /** Its place in the cache. */
  folder: string;
  build: GoBuild;
}

interface BuildOptions extends Pick<CompileOptions, 'cache' | 'env' | 'modules' | 'signal'> {
  report?: Report;
}

/** A build's links and largest packages use one core; a second build at a lower priority takes what it leaves. */
const lanes = availableParallelism() > 1 && totalmem() > 7 * 2 ** 30 ? [0, 10] : [0];

/** Ends with every folder complete, or throws the first fault after the other builds were ended and undone. */
export async function buildAll(wanted: readonly Wanted[], options: BuildOptions): Promise<void> {
  for (const { tool } of wanted) options.report?.({ tool: tool.name, state: 'queued', seconds: 0 });
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const free = [...lanes];
  const faults: unknown[] = [];
  await pMap(
    longestFirst(wanted),
    async entry => {
      if (signal.aborted) return;
      const nice = free.shift() ?? 0;
      try {
        await buildOne(entry, { ...options, signal, nice });
      } catch (error) {
        faults.push(error);
        failed.abort(error);
      } finally {
        free.unshift(nice);
        free.sort((a, b) => a - b);
      }
    },
    { concurrency: lanes.length },
  );
  options.signal?.throwIfAborted();
  if (faults.length > 0) throw faults[0];
}

/** The largest build's last package and its link have one core: begun last, they would leave the others idle. */
function longestFirst(wanted: readonly Wanted[]): Wanted[] {
  return wanted.toSorted((a, b) => (b.tool.cpuSeconds ?? 0) - (a.tool.cpuSeconds ?? 0));
}

async function buildOne({ tool, folder, build }: Wanted, options: BuildOptions & { nice: number }): Promise<void> {
  const log = `${folder}.log`;
  const started = Date.now();
  let now: Pick<ToolEvent, 'state' | 'at' | 'cpuSeconds'> = { state: 'queued' };
  const tell = (news: typeof now) => {
    now = news;
    options.report?.({ tool: tool.name, seconds: (Date.now() - started) / 1000, log, ...now });
  };
  const clock = setInterval(() => tell(now), 1000);
  try {
    let cpuSeconds: number | undefined;
    const how = await ensureFolder({
      folder,
      signal: options.signal,
      onWait: holder =>
        tell({ state: 'queued', at: `process ${holder ?? '(unknown)'} is building it; waiting for that one` }),
      make: async partial => {
        tell({ state: 'building' });
        await rm(log, { force: true });
        const onLine = (at: string) => {
          now = { state: 'building', at };
        };
        cpuSeconds = await compile(tool.name, build, partial, { ...options, log, onLine });
      },
    });
    tell(how === 'found' ? { state: 'found' } : { state: 'done', cpuSeconds });
  } catch (error) {
    tell({ state: 'failed' });
    throw error;
  } finally {
    clearInterval(clock);
  }
}

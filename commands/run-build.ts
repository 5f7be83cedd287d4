// `slipway build` as a process: its cluster, its terminal, and what Ctrl-C means.
import {
  type BuildRequest,
  checkRequest,
  deployedConfig,
  followRuns,
  type Progress,
  progressLines,
  startRuns,
} from './build.ts';
import { clusterOf } from './cluster.ts';
import { settingsOf } from './stack-file.ts';

/** Where lines go; a terminal is written over. */
export interface Screen {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Gives the exit status: 1 when a build has failed, 130 after Ctrl-C. Throws one line a fault of the request. */
export async function runBuild(
  stack: string,
  { follow, stacks, ...request }: BuildRequest & { follow: boolean; stacks?: string },
  screen: Screen,
): Promise<number> {
  const settings = await settingsOf(stack, stacks);
  const kube = await clusterOf(settings);
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.once('SIGINT', stop);
  try {
    const known = settings.services.map(({ name }) => name);
    checkRequest(stack, request, known);
    const config = await deployedConfig(kube, stack);
    const wanted = request.services.length > 0 ? [...new Set(request.services)] : known;
    const started = await startRuns(kube, config, wanted, request);
    const kubectl = `kubectl --context ${settings.cluster.context} --namespace ${config.run.metadata.namespace}`;
    const names = started.flatMap(({ run }) => run ?? []);
    const goOn = `${kubectl} get pipelineruns ${names.join(' ')}`;
    const status = (progress: readonly Progress[]) => (progress.some(({ failed }) => failed) ? 1 : 0);
    if (!follow) {
      const lines = [...progressLines(started), ...(names.length > 0 ? [`follow them: ${goOn}`] : [])];
      screen.write(lines.map(line => `${line}\n`).join(''));
      return status(started);
    }
    const display = makeDisplay(screen);
    const { signal } = interrupt;
    const every = 1000;
    const ended = await followRuns(kube, config, started, { every, silence: 120_000, show: display.show, signal });
    display.end(ended);
    if (ended.every(one => one.ended)) return status(ended);
    screen.write(`no longer followed; the runs go on: ${goOn}\n`);
    return 130;
  } finally {
    process.off('SIGINT', stop);
    kube.close();
  }
}

// On a terminal a block of lines that is written over; elsewhere a line for each change. In the end all lines, whole.
function makeDisplay(screen: Screen) {
  let shown: string[] = [];
  const clear = () => screen.isTTY && shown.length > 0 && screen.write(`\u001b[${shown.length}A\u001b[J`);
  return {
    show(progress: readonly Progress[]): void {
      const lines = progressLines(progress);
      const changed = lines.filter((line, i) => line !== shown[i]);
      if (changed.length === 0) return;
      clear();
      const width = screen.columns ?? 80;
      for (const line of screen.isTTY ? lines : changed) {
        screen.write(`${screen.isTTY && line.length > width ? `${line.slice(0, width - 1)}…` : line}\n`);
      }
      shown = lines;
    },
    end(progress: readonly Progress[]): void {
      clear();
      screen.write(`${screen.isTTY ? '' : '\n'}${progressLines(progress).join('\n')}\n`);
    },
  };
}

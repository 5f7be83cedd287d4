// `slipway build` as a process: its cluster, its terminal, and what Ctrl-C means.

import { clusterOf } from '../cluster.ts';
import { makeDisplay, type Screen } from '../display.ts';
import { settingsOf } from '../stack-file.ts';
import {
  type BuildRequest,
  checkRequest,
  deployedConfig,
  followRuns,
  type Progress,
  progressLines,
  startRuns,
} from './build.ts';

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
    const show = (progress: readonly Progress[]) => display.show(progressLines(progress));
    const ended = await followRuns(kube, config, started, { every: 1000, silence: 120_000, show, signal });
    display.end(progressLines(ended));
    if (ended.every(one => one.ended)) return status(ended);
    screen.write(`no longer followed; the runs go on: ${goOn}\n`);
    return 130;
  } finally {
    process.off('SIGINT', stop);
    kube.close();
  }
}

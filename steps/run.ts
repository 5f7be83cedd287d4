// Runs one step to its end: its log, its exit status, and its reason where it fails.
import { inCluster, type Kube } from '../cluster/kube.ts';
import { messageOf } from '../cluster/one-line.ts';
import { ParameterFailure } from './environment.ts';
import { StepFailure } from './failure.ts';
import { makeLog, seconds } from './log.ts';
import { runName } from './params.ts';
import { makeReporter } from './report.ts';
import { STEPS } from './steps.ts';

/** What a step's process ends with. */
const EXIT = { done: 0, failed: 1, parameters: 2, fault: 70 } as const;

/** Runs the step `name`; gives the exit status. The last line on `stderr` is the reason of a failure. */
export async function runStep(
  name: string | undefined,
  env: NodeJS.ProcessEnv,
  io: { connect?: () => Kube; stdout?: (line: string) => void; stderr?: (line: string) => void } = {},
): Promise<number> {
  const { connect = inCluster, stdout, stderr = line => process.stderr.write(line) } = io;
  const step = Object.hasOwn(STEPS, name ?? '') ? STEPS[name ?? ''] : undefined;
  if (!step) {
    stderr(`slipway: there is no step "${name ?? ''}"; the steps are ${Object.keys(STEPS).join(', ')}\n`);
    return EXIT.parameters;
  }
  const log = makeLog(name!, stdout);
  const start = Date.now();
  log('started');
  let connected: Kube | undefined;
  const kube = () => {
    connected ??= connect();
    return connected;
  };
  const reporter = makeReporter(runName(env), kube, log);
  try {
    await step({ env, log, kube, reporter });
    log(`done in ${seconds(start)}`);
    return EXIT.done;
  } catch (error) {
    const reason = messageOf(error);
    for (const line of detailsOf(error)) log(line);
    log(`failed after ${seconds(start)}`);
    await reporter.failed(reason);
    stderr(`slipway ${name}: ${reason}\n`);
    if (error instanceof ParameterFailure) return EXIT.parameters;
    return isFault(error) ? EXIT.fault : EXIT.failed;
  } finally {
    connected?.close();
  }
}

function detailsOf(error: unknown): string[] {
  if (error instanceof StepFailure) return error.details;
  return isFault(error) && error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : [];
}

// Errors that only wrong code throws; all others were written for the person who reads them.
function isFault(error: unknown): boolean {
  return (
    !(error instanceof Error) ||
    [TypeError, ReferenceError, RangeError, SyntaxError].some(type => error instanceof type)
  );
}

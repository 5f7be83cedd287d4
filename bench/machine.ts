// The machine that the numbers are of.
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { version } from 'node:process';

export interface Machine {
  cores: number;
  cpu: string;
  /** GiB. */
  memory: number;
  kernel: string;
  node: string;
}

export const thisMachine = (): Machine => ({
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  memory: Math.round(totalmem() / 2 ** 30),
  kernel: release().split('-')[0]!,
  node: version,
});

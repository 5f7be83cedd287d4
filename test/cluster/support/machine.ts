// The machine, as this suite's sandbox may not leave it changed.
import { ensureNodeRoot } from '../../../sandbox/rootfs/node.ts';
import { type MachineState, readMachineState } from '../machine-state.ts';
import type { Fixture } from './fixture.ts';

export async function machineNow({ config }: Fixture): Promise<MachineState> {
  // Not every machine has a program that shows its firewall; the sandbox's own root does.
  const { path } = await ensureNodeRoot({ cache: config.cache });
  return readMachineState({ owner: config.home, root: path });
}

// What a person runs (and the program, for what only a command can do): `slipway <verb>`. cli.ts and all that it imports
// are loaded as one file, in half of the time.
import { load } from '../bundle/load.mjs';
import { checkout } from './checkout.ts';

const maker = async () => (await import('../bundle/commands.ts')).bundleCommands;
try {
  await load('dist/slipway.cjs', checkout, maker);
} catch (error) {
  console.error(`slipway: ${(error as Error).message}`);
  process.exitCode = 1;
}

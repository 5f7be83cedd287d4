// The checkout that the commands are of.
import { join } from 'node:path';

/** Absolute. In the bundle of the commands (bundle/commands.ts) it is asked for from a folder of the same depth. */
export const checkout = join(import.meta.dirname, '..');

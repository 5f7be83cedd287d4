// Long campaigns, each a command of its own: npm run campaign -- faults [name...] [--tries N] [--here]

import { argv, exit } from 'node:process';
import { parseArgs } from 'node:util';
import { buildTools } from '../tools.ts';
import { faults } from './faults.ts';

const { values, positionals } = parseArgs({
  args: argv.slice(2),
  allowPositionals: true,
  options: { tries: { type: 'string', default: '3' }, here: { type: 'boolean', default: false } },
});
const [campaign, ...names] = positionals;
if (campaign !== 'faults') {
  console.error(`unknown campaign "${campaign ?? ''}": there is faults [name...] [--tries N] [--here]`);
  exit(2);
}
await buildTools();
exit(await faults(names, { tries: Number(values.tries), here: values.here }));

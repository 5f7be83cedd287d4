// Long campaigns, each a command of its own: npm run campaign -- faults [name...] [--tries N] [--here], or systems

import { spawnSync } from 'node:child_process';
import { argv, execPath, exit } from 'node:process';
import { parseArgs } from 'node:util';
import { buildSandboxTools } from '../tools.ts';
import { faults } from './faults.ts';

const { values, positionals } = parseArgs({
  args: argv.slice(2),
  allowPositionals: true,
  options: { tries: { type: 'string', default: '3' }, here: { type: 'boolean', default: false } },
});
const [campaign, ...names] = positionals;
if (campaign !== 'faults' && campaign !== 'systems') {
  console.error(`unknown campaign "${campaign ?? ''}": there is faults [name...] [--tries N] [--here], and systems`);
  exit(2);
}
await buildSandboxTools();
if (campaign === 'systems') {
  const args = ['--disable-warning=ExperimentalWarning', '--test', '--test-reporter=spec'];
  exit(spawnSync(execPath, [...args, 'test/campaign/systems.test.ts'], { stdio: 'inherit' }).status ?? 1);
}
exit(await faults(names, { tries: Number(values.tries), here: values.here }));

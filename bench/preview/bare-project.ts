// A project whose program is a bare one.
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { checkout } from '../../sandbox/checkout.ts';
import { bareProgram, bareState, type Deployment } from './bare.ts';

export const project = 'bare';

/** Fills `folder` with the program of what was exported, and what builds and commands take from a checkout. Gives its state. */
export async function writeBareProject(folder: string, exported: Deployment): Promise<Deployment> {
  const state = bareState(exported, project);
  await cp(join(checkout, 'docker'), join(folder, 'docker'), { recursive: true });
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  const files = {
    // The project's own options: what is compared is the program. On one line, as the sandbox's language host reads it.
    'Pulumi.yaml': stringify(
      { name: project, main: 'index.js', runtime: await ownRuntime(), options: { refresh: 'always' } },
      { lineWidth: 0 },
    ),
    'package.json': JSON.stringify({ name: project, type: 'module', main: 'index.js' }),
    // There is nothing in it that only TypeScript has.
    'index.js': bareProgram(state),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  return state;
}

async function ownRuntime(): Promise<object> {
  const { runtime } = parse(await readFile(join(checkout, 'Pulumi.yaml'), 'utf8'));
  const nodeargs = runtime.options.nodeargs.replaceAll(' ./', ` ${checkout}/`);
  return { ...runtime, options: { ...runtime.options, nodeargs } };
}

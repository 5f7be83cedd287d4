// The program as Pulumi's default way can load it: its ts-node knows neither imports that end in .ts nor ES modules, so a
// copy of the same sources is written as CommonJS, and nothing else is changed.
import { cp, glob, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkout } from '../../sandbox/checkout.ts';

const sources = ['index.ts', '{images,cluster,systems,settings,components,program,steps}/**/*.ts'];

/** Writes the copy to `folder`, on the packages of the checkout. */
export async function writeTwin(folder: string): Promise<void> {
  for await (const file of glob(sources, { cwd: checkout })) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), asCommonJs(await readFile(join(checkout, file), 'utf8')));
  }
  for (const name of ['docker', 'test/fixtures/locks']) {
    await cp(join(checkout, name), join(folder, name), { recursive: true });
  }
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'slipway', main: 'main.ts' }));
  // Of a CommonJS module Pulumi calls what it exports, and not what it exports as default.
  await writeFile(join(folder, 'main.ts'), "import slipway from './index';\n\nexport = slipway;\n");
  // As `pulumi new typescript` writes it, with the language level and the strictness of the project's own.
  const compilerOptions = {
    strict: true,
    target: 'es2022',
    lib: ['es2023'],
    module: 'commonjs',
    moduleResolution: 'node10',
    esModuleInterop: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    types: ['node'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
}

/** Import paths without their ending, and Pulumi's packages as the namespace that CommonJS makes of them. */
export function asCommonJs(source: string): string {
  return source
    .replace(/((?:from|import)\s*\(?\s*'\.{1,2}\/[^']+)\.ts'/g, "$1'")
    .replace(/^import (\w+) from '(@pulumi\/[\w-]+)';$/gm, "import * as $1 from '$2';");
}

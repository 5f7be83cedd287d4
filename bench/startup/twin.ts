// The program in folders of its own, where it can be edited: as it is, and as Pulumi's default way can load it. That ts-node
// knows neither imports that end in .ts nor ES modules, so there the same sources are CommonJS, and nothing else is changed.
import { cp, glob, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkout } from '../../sandbox/checkout.ts';

const sources = ['index.ts', '{bundle,images,cluster,systems,settings,components,program,steps}/**/*.{ts,mts,mjs}'];

/** The project as it is, on the packages of the checkout. */
export async function writeOwn(folder: string): Promise<void> {
  await copySources(folder, source => source);
  for (const name of ['start.mjs', 'Pulumi.yaml', 'package.json', 'package-lock.json', 'bin']) {
    await cp(join(checkout, name), join(folder, name), { recursive: true });
  }
}

/** The same program in a project as `pulumi new kubernetes-typescript` makes it, on the same packages. */
export async function writeTwin(folder: string): Promise<void> {
  await copySources(folder, asCommonJs);
  await writeFile(join(folder, 'Pulumi.yaml'), 'name: slipway\nruntime: nodejs\n');
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'slipway', main: 'main.ts' }));
  // Of a CommonJS module Pulumi calls what it exports, and not what it exports as default.
  await writeFile(join(folder, 'main.ts'), "import slipway from './index';\n\nexport = slipway;\n");
  await cp(join(checkout, 'package-lock.json'), join(folder, 'package-lock.json'));
  // The template's, but for the language level and the imports of the sources.
  const compilerOptions = {
    strict: true,
    outDir: 'bin',
    target: 'es2022',
    lib: ['es2023'],
    module: 'commonjs',
    moduleResolution: 'node',
    sourceMap: true,
    experimentalDecorators: true,
    pretty: true,
    noFallthroughCasesInSwitch: true,
    noImplicitReturns: true,
    forceConsistentCasingInFileNames: true,
    esModuleInterop: true,
    types: ['node'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
}

async function copySources(folder: string, change: (source: string) => string): Promise<void> {
  for await (const file of glob(sources, { cwd: checkout })) {
    const source = await readFile(join(checkout, file), 'utf8');
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), file.endsWith('.ts') ? change(source) : source);
  }
  for (const name of ['docker', 'test/fixtures/locks']) {
    await cp(join(checkout, name), join(folder, name), { recursive: true });
  }
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
}

/** Import paths without their ending, and Pulumi's packages as the namespace that CommonJS makes of them. */
export function asCommonJs(source: string): string {
  return source
    .replace(/((?:from|import)\s*\(?\s*'\.{1,2}\/[^']+)\.ts'/g, "$1'")
    .replace(/^import (\w+) from '(@pulumi\/[\w-]+)';$/gm, "import * as $1 from '$2';");
}

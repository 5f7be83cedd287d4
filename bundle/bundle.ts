// One file out of many, made again only when one of them has changed.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';
import { digestOf, recordOf, upToDate } from './record.mjs';

export interface Bundle {
  /** The checkout that all paths start at; default: the working directory. */
  checkout?: string;
  entry: string;
  /** The file to write. */
  output: string;
  /** The file that says the options: with another text it makes another bundle. */
  recipe: string;
  /** Whether the text alone will do where the file can't be written: in a checkout that is another user's. */
  mayStayUnwritten?: boolean;
  options: BuildOptions;
}

/**
 * Stays outside of what runs in the checkout: Pulumi's own, so that the SDK is one for all; what takes long to load and is
 * seldom used.
 */
export const OUTSIDE = ['@pulumi/*', '@kubernetes/client-node', 'esbuild'];

/** The text of the bundle, which is in its file by then. The same sources give the same bytes on any machine. */
export async function bundled(bundle: Bundle): Promise<string> {
  return upToDate(bundle.output, bundle.checkout) ?? (await make(bundle));
}

async function make({ checkout = '', entry, output, recipe, mayStayUnwritten, options }: Bundle): Promise<string> {
  const sources: Record<string, string> = {};
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: resolve(checkout),
    entryPoints: [entry],
    outfile: output,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node22',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    tsconfigRaw: {},
    ...options,
    plugins: [noting(sources, checkout), ...(options.sourcemap ? [packagesUnmapped] : [])],
  });
  const text = outputFiles![0]!.text;
  // Of the packages, what is in the bundle; the lock decides on the rest, which is far more.
  const { inputs } = Object.values(metafile!.outputs)[0]!;
  const others = Object.keys(inputs).filter(file => !(file in sources) && inputs[file]!.bytesInOutput > 0);
  for (const file of ['package-lock.json', 'node_modules/esbuild/package.json', 'bundle/bundle.ts', recipe, ...others])
    sources[file] = digestOf(await readFile(join(checkout, file)));
  try {
    await writeWhole(join(checkout, output), text);
    await writeWhole(join(checkout, recordOf(output)), JSON.stringify({ sources, output: digestOf(text) }));
  } catch (error) {
    if (!mayStayUnwritten) throw error;
  }
  return text;
}

/** Notes our own sources as they are read: one that changes a moment later differs from its note. */
function noting(sources: Record<string, string>, checkout: string): Plugin {
  return {
    name: 'noting',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const contents = await readFile(path, 'utf8');
        sources[relative(checkout, path)] = digestOf(contents);
        return { contents, loader: 'ts' };
      });
    },
  };
}

/** Nobody looks for a fault in a package's lines, and Node takes long to read the map of all packages. */
const packagesUnmapped: Plugin = {
  name: 'packages-unmapped',
  setup(build) {
    const map = btoa(JSON.stringify({ version: 3, sources: ['-'], mappings: 'AAAA' }));
    build.onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\n//# sourceMappingURL=data:application/json;base64,${map}`,
      loader: 'js',
    }));
  },
};

/** Another start that reads meanwhile sees the old content or the new. */
async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const made = join(dirname(file), `.${randomUUID()}`);
  try {
    await writeFile(made, text, { mode: 0o644 });
    await rename(made, file);
  } catch (error) {
    await rm(made, { force: true });
    throw error;
  }
}

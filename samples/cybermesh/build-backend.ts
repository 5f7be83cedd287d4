// Builds CyberMesh's backend for both platforms, to where its Dockerfile takes the binaries from:
//
//   node samples/cybermesh/build-backend.ts [FOLDER]     FOLDER/<arch>/cybermesh; docker/backend/bin where left out
//
// The same source and the same Go give the same bytes, in any checkout.
import { execFile } from 'node:child_process';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const architectures = ['amd64', 'arm64'] as const;
export type Architecture = (typeof architectures)[number];

const source = join(import.meta.dirname, 'backend');
const binaries = join(import.meta.dirname, '../../docker/backend/bin');
/** What newer processors can do is left out, and the machine's own settings, but for caches and proxies. */
const plain = { GOAMD64: 'v1', GOARM64: 'v8.0', GOEXPERIMENT: '', GOFIPS140: 'off', GOFLAGS: '', GOWORK: 'off' };

/** Gives the paths of the binaries. Throws one line with the compiler's words, or with the remedy where there is no Go. */
export async function buildBackend(
  folder = binaries,
  chosen: readonly Architecture[] = architectures,
): Promise<string[]> {
  const built: string[] = [];
  for (const architecture of chosen) built.push(await build(architecture, resolve(folder, architecture)));
  return built;
}

async function build(architecture: Architecture, folder: string): Promise<string> {
  const file = join(folder, 'cybermesh');
  // Whoever builds an image meanwhile sees the old binary or the new one.
  const partial = `${file}.${process.pid}`;
  const env = { ...process.env, ...plain, CGO_ENABLED: '0', GOARCH: architecture, GOOS: 'linux', GOTOOLCHAIN: 'local' };
  // Without debug data, which the linker would leave out. The flags are those of sandbox/tools/compile.ts, so that with
  // its GOCACHE the standard library is there already.
  const flags = ['-trimpath', '-buildvcs=false', '-gcflags=all=-dwarf=false', '-ldflags=-s -w -buildid='];
  await mkdir(folder, { recursive: true });
  try {
    await promisify(execFile)('go', ['build', ...flags, '-o', partial, '.'], { cwd: source, env });
    await chmod(partial, 0o755);
    await rename(partial, file);
  } catch (error) {
    throw explained(error as NodeJS.ErrnoException & { stderr?: string });
  } finally {
    await rm(partial, { force: true });
  }
  return file;
}

function explained({ code, stderr, message }: NodeJS.ErrnoException & { stderr?: string }): Error {
  if (code === 'ENOENT') {
    return new Error(
      'Go is not on the PATH, and the backend is built with it: install 1.24 or newer (https://go.dev/dl)',
    );
  }
  return new Error(`the backend does not build: ${stderr?.trim() || message}`);
}

if (import.meta.main) {
  try {
    for (const file of await buildBackend(process.argv[2])) console.log(file);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}

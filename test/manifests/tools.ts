// The programs that judge manifests: of pinned Go modules, built as the sandbox builds its own, and checkov from PyPI by
// a lock with hashes; and shellcheck, for the scripts, in the same way. All stay in $SLIPWAY_CACHE.
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../sandbox/config.ts';
import { machineArchitecture } from '../../sandbox/rootfs/node.ts';
import { goEnv, moduleFolder } from '../../sandbox/tools/go.ts';
import { run } from '../../sandbox/tools/run.ts';
import { ensureFolder } from '../../sandbox/tools/store.ts';
import type { Tool } from '../../sandbox/tools/tool.ts';
import { buildTools } from '../tools.ts';
import { writeSchemas } from './schemas.ts';

const modules = join(import.meta.dirname, 'modules');

export interface ManifestTools {
  kubeconform: string;
  kubeScore: string;
  admit: string;
  /** Folder for PYTHONPATH, in which `python3 -m checkov.main` is found. */
  checkov: string;
  shellcheck: string;
  /** Folder of the kinds' JSON schemas. */
  schemas: string;
}

/** Makes all of them ready; a line on stderr for each that is built. */
export async function manifestTools(): Promise<ManifestTools> {
  const { cache } = loadConfig(process.env);
  const tools = await buildTools(undefined, { tools: catalogue(), modules });
  return {
    kubeconform: tools.path('kubeconform'),
    kubeScore: tools.path('kube-score'),
    admit: tools.path('admit'),
    checkov: await fromPypi('checkov', cache),
    shellcheck: join(await fromPypi('shellcheck', cache), 'bin/shellcheck'),
    schemas: await schemas(cache),
  };
}

function catalogue(): Tool[] {
  const arch = machineArchitecture();
  const tool = (name: string, version: string, path: string): Tool => ({
    name,
    version,
    source: { how: 'go', module: name, arch, packages: { [name]: path } },
  });
  return [
    tool('kubeconform', '0.8.0', 'github.com/yannh/kubeconform/cmd/kubeconform'),
    tool('kube-score', '1.20.0', 'github.com/zegl/kube-score/cmd/kube-score'),
    tool('admit', '1.34.2', '.'),
  ];
}

/** The folder that pip has installed `<name>.txt` to, a list of wheels with their hashes. */
async function fromPypi(name: string, cache: string): Promise<string> {
  const lock = join(import.meta.dirname, `${name}.txt`);
  const folder = join(cache, 'tools', `${name}-${await keyOf([lock])}`);
  const install = ['-m', 'pip', 'install', '--quiet', '--require-hashes', '--only-binary=:all:', '--no-deps'];
  await ensureFolder({
    folder,
    make: async partial => {
      console.error(`${name}: installing`);
      await run('python3', [...install, '--requirement', lock, '--target', partial]).catch((error: Error) => {
        throw new Error(`${name} needs Python 3.11 or newer with pip, and a package index in reach: ${error.message}`);
      });
    },
  });
  return folder;
}

async function schemas(cache: string): Promise<string> {
  const code = ['schemas.ts', 'modules/admit/go.mod'].map(file => join(import.meta.dirname, file));
  const tekton = join(moduleFolder, 'tekton-pipelines');
  const folder = join(cache, 'tools', `schemas-${await keyOf([...code, join(tekton, 'go.mod')])}`);
  await ensureFolder({
    folder,
    make: async partial => {
      const kubernetes = await sourceOf('k8s.io/kubernetes', join(modules, 'admit'), cache);
      const crds = join(await sourceOf('github.com/tektoncd/pipeline', tekton, cache), 'config', '300-crds');
      const files = ['task', 'taskrun', 'pipeline', 'pipelinerun'].map(kind => join(crds, `300-${kind}.yaml`));
      await writeSchemas(partial, join(kubernetes, 'api', 'openapi-spec', 'swagger.json'), files);
    },
  });
  return folder;
}

/** The files of `module` in Go's module cache, in the version that the module folder `from` pins. */
async function sourceOf(module: string, from: string, cache: string): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'slipway-module-'));
  try {
    for (const file of ['go.mod', 'go.sum']) await copyFile(join(from, file), join(work, file));
    const env = goEnv(process.env, cache, machineArchitecture(), work);
    const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd: work, env });
    return (JSON.parse(stdout) as { Dir: string }).Dir;
  } finally {
    await rm(work, { recursive: true });
  }
}

async function keyOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}

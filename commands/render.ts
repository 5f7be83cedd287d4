// `slipway render <stack>`: runs the program against mocks and prints the Kubernetes objects that it declares.
import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as pulumi from '@pulumi/pulumi';
import { type Lock, parseLock } from '../images/lock.ts';
import { namespace } from '../settings/settings.ts';
import { didYouMean } from '../systems/nearest.ts';
import { type Manifest, printManifests, withoutSecrets } from './manifests.ts';
import { readStackFile } from './stack-file.ts';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
/** What stands in a render for a value that only a cluster gives out. */
const noUid = '00000000-0000-0000-0000-000000000000';

export interface Rendered {
  /** YAML documents. */
  text: string;
  /** What is not among them, and why. */
  notes: string[];
}

/**
 * The manifests of `stack`. `locks`: folder to read `<stack>.yaml` from, in place of the lock that the stack names.
 * Throws on an unknown stack, a faulty configuration or a faulty lock. It runs once in a process: Pulumi's runtime is
 * one for all.
 */
export async function render(stack: string, locks?: string): Promise<Rendered> {
  const folder = locks && resolve(locks);
  process.chdir(checkout);
  checkStack(stack);
  const { values, secretKeys } = await readStackFile(`Pulumi.${stack}.yaml`);
  const lockFile = folder ? join(folder, `${stack}.yaml`) : (values[`${namespace}:lock`] ?? `locks/${stack}.yaml`);
  if (!existsSync(lockFile)) throw new Error(`${lockFile}: there is no such lock; expected the lock of stack ${stack}`);
  const lock = parseLock(await readFile(lockFile, 'utf8'), lockFile);

  const manifests: Manifest[] = [];
  const notes: string[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs }) => {
        if (!type.startsWith('kubernetes:')) return { id: name, state: { ...inputs, ...outputsOf(type, inputs, lock) } };
        const object = withoutSecrets(inputs) as Manifest;
        if (pulumi.containsUnknowns(inputs)) notes.push(`left out: ${object.kind} ${object.metadata.name}, whose image is not in ${lockFile}`);
        else manifests.push(object);
        return { id: name, state: { ...inputs, metadata: { ...inputs.metadata, uid: noUid } } };
      },
      call: ({ token }) => {
        throw new Error(`a render asks nothing of a provider, and the program called ${token}`);
      },
    },
    namespace,
    stack,
    true,
  );
  pulumi.runtime.setAllConfig(values, secretKeys);
  const { default: program } = await import('../index.ts');
  await program({
    readText: async () => readFile(lockFile, 'utf8'),
    bundleSteps: async () => {},
    unpinned: fault => {
      notes.push(fault.message);
      return pulumi.output(pulumi.unknown as unknown as string);
    },
  });
  await pulumi.runtime.disconnect();
  return { text: printManifests(manifests), notes: [...new Set(notes)].sort() };
}

function checkStack(stack: string): void {
  const stacks = globSync('Pulumi.*.yaml').map(file => file.slice('Pulumi.'.length, -'.yaml'.length)).sort();
  if (stacks.includes(stack)) return;
  throw new Error(`there is no stack "${stack}"; there are ${stacks.join(', ')}${didYouMean(stack, stacks)}`);
}

// What the providers of images and commands would give out: digests come from the lock, the rest stays unsaid.
function outputsOf(type: string, inputs: Record<string, unknown>, lock: Lock): Record<string, unknown> {
  if (type === 'command:local:Command') {
    const none = { certificate: '', key: '' };
    return { stdout: JSON.stringify({ ca: '', server: none, client: none }), stderr: '' };
  }
  if (type !== 'docker-build:index:Image') return {};
  const [tag = ''] = inputs.tags as string[];
  const entry = lock.images[tag.slice(tag.indexOf('/') + 1)];
  return entry !== undefined && typeof entry !== 'string' ? { digest: entry.digest } : {};
}

// Two stacks of Cerebral in a folder of their own, each with a registry: `dev`, which tracks, and `staging`, which locks.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parse, stringify } from 'yaml';
import type { Deployment } from '../../../../cluster/workload.ts';
import { openStack, type Stack } from '../../../../commands/locks/stack.ts';
import type { Digest } from '../../../../images/digest.ts';
import { emptyLock, type Lock, parseLock, printLock } from '../../../../images/lock.ts';
import { type Child, REVISION } from '../../../../images/manifest.ts';
import type { RegistryOptions } from '../../../../images/registry.ts';
import { FakeRegistry } from '../../images/fake-registry.ts';
import { locking } from '../../settings/stack-files.ts';
import { temporaryFolder } from '../../steps/support/folder.ts';

export const BOTH = ['linux/amd64', 'linux/arm64'];
export const SERVICES = ['ai-services', 'data-services'];
export const PINNING = { at: '2026-01-02T03:04:05Z', by: 'Ada' };
const ADDRESSES: Record<string, string> = { dev: '10.34.0.202', staging: '10.44.0.202' };

export type StackName = 'dev' | 'staging';

export class TwoStacks {
  readonly folder: string;
  readonly registries: Record<StackName, FakeRegistry>;

  private constructor(folder: string, registries: Record<StackName, FakeRegistry>) {
    this.folder = folder;
    this.registries = registries;
  }

  static async start(t: TestContext): Promise<TwoStacks> {
    const registries = { dev: await FakeRegistry.start(), staging: await FakeRegistry.start() };
    t.after(() => {
      registries.dev.stop();
      registries.staging.stop();
    });
    const stacks = new TwoStacks(temporaryFolder(t), registries);
    stacks.configure('dev');
    stacks.configure('staging', { digests: 'lock' });
    for (const stack of ['dev', 'staging'] as const) stacks.writeLock(stack, waitingImages());
    return stacks;
  }

  /** Writes the stack file anew, as that of dev with `changes`. */
  configure(stack: StackName, changes: Record<string, unknown> = {}): void {
    const { config } = parse(readFileSync('Pulumi.dev.yaml', 'utf8')) as { config: Record<string, unknown> };
    const address = ADDRESSES[stack]!;
    const registry = {
      ...(config['slipway:registry'] as object),
      name: `${address}:5000`,
      aliases: [],
      clusterIP: address,
      endpoint: this.registries[stack].url,
    };
    const values = { registry, services: SERVICES, lock: this.lockFile(stack), ...changes };
    const own = changes.digests === 'lock' ? { ...locking, ...values } : values;
    for (const [key, value] of Object.entries(own)) config[`slipway:${key}`] = value;
    writeFileSync(join(this.folder, `Pulumi.${stack}.yaml`), stringify({ config }));
  }

  open(stack: StackName, options: RegistryOptions = {}): Promise<Stack> {
    return openStack(stack, this.folder, { retries: 0, credentials: async () => undefined, ...options });
  }

  lockFile(stack: StackName): string {
    return join(this.folder, `${stack}.lock.yaml`);
  }

  lockText(stack: StackName): string {
    return readFileSync(this.lockFile(stack), 'utf8');
  }

  lock(stack: StackName): Lock {
    return parseLock(this.lockText(stack), stack);
  }

  writeLock(stack: StackName, images: Lock['images'], upstream: Lock['upstream'] = {}): void {
    writeFileSync(this.lockFile(stack), printLock({ ...emptyLock(), images, upstream }));
  }

  /** What a stack's lock pins, by key. */
  pinned(stack: StackName): Record<string, Digest> {
    const entries = Object.entries(this.lock(stack).images);
    return Object.fromEntries(
      entries.flatMap(([key, entry]) => (typeof entry === 'object' ? [[key, entry.digest]] : [])),
    );
  }

  /** `services` live on dev, on one layer, with a signature on the first; gives their digests by repository. */
  publishLive(services: readonly string[], base: Buffer, salt = ''): Record<string, Digest> {
    const digests = services.map(name => {
      const layers = [base, Buffer.from(`layer of ${name} ${salt}`)];
      return [`cerebral/${name}`, this.publish('dev', name, 'live-dev', { salt, layers })] as const;
    });
    this.registries.dev.attach(digests[0]![0], digests[0]![1], 'application/vnd.example.signature');
    return Object.fromEntries(digests);
  }

  /** An image of a service, under a tag of its stack's registry. */
  publish(
    stack: StackName,
    service: string,
    tag: string,
    { commit = 'c'.repeat(40), salt = '', layers = [] as Buffer[], more = [] as Child[] } = {},
  ): Digest {
    const annotations = commit === '' ? {} : { [REVISION]: commit };
    return this.registries[stack].index(`cerebral/${service}`, tag, BOTH, annotations, salt, { layers, more });
  }
}

/** The images of a lock in which everything waits. */
export function waitingImages(): Lock['images'] {
  const services = SERVICES.map(name => `cerebral/${name}`);
  const keys = [...services, 'cerebral/ai-base:cpu', 'cerebral/ai-base:cuda', 'slipway/step:main'];
  return Object.fromEntries(keys.map(key => [key, 'waiting' as const]));
}

/** A Deployment that serves `image`. */
export function serving(name: string, image: string, available = 1): Deployment {
  const spec = { replicas: 1, selector: {}, template: { spec: { containers: [{ name, image }] } } };
  const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: available };
  return { metadata: { name, generation: 1 }, spec, status };
}

// What the program reads of the world around it. A render has a world without cluster, registry and tool chain.
import { readFile } from 'node:fs/promises';
import type * as pulumi from '@pulumi/pulumi';
import type { Kube } from '../cluster/kube.ts';
import { normaliseModes } from '../components/context-modes.ts';
import { bundleSteps } from '../components/step-bundle.ts';
import type { Endpoint } from '../images/endpoints.ts';
import type { RegistryClient } from '../images/registry.ts';
import { checkRequirements } from '../settings/requirements.ts';
import type { Settings } from '../settings/settings.ts';

export interface World {
  readText(file: string): Promise<string>;
  /** Absent: no cluster is asked, and digests come from the lock. */
  cluster?: { connect(context: string): Promise<Kube>; registry(endpoint: Endpoint): Promise<RegistryClient> };
  /** Throws where what the builds take from the checkout does not fit together. */
  checkBuilds(settings: Settings): Promise<void>;
  /** Makes ready what the builds take from the checkout. */
  prepareBuilds(): Promise<void>;
  /** The digest of an upstream image that the lock does not pin; by default that is an error. */
  unpinned?(fault: Error): pulumi.Input<string>;
}

/** The world of `pulumi preview` and `pulumi up`. What only it needs is loaded when asked for: a render is quick. */
export const thisMachine: World = {
  readText: file => readFile(file, 'utf8'),
  cluster: {
    connect: async context => (await import('../cluster/kube.ts')).fromKubeconfig(undefined, context),
    registry: async endpoint => {
      const [{ RegistryClient }, { credentialsFor }] = await Promise.all([
        import('../images/registry.ts'),
        import('../images/credentials.ts'),
      ]);
      return new RegistryClient({ endpoints: [endpoint], credentials: credentialsFor });
    },
  },
  checkBuilds: settings => checkRequirements(settings, file => readFile(file, 'utf8')),
  prepareBuilds: async () => {
    await bundleSteps();
    await normaliseModes('docker');
  },
};

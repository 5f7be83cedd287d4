// `slipway render <stack>`: the Kubernetes objects that the program declares.
import * as pulumi from '@pulumi/pulumi';
import { type Manifest, printManifests, withoutSecrets } from './manifests.ts';
import { type OfflineCommand, runOffline } from './offline.ts';

export interface Rendered {
  /** YAML documents. */
  text: string;
  /** What is not among them, and why. */
  notes: string[];
}

/**
 * The manifests of `stack`.
 * Throws on an unknown stack, a faulty configuration or a faulty lock.
 */
export async function render(stack: string, options: OfflineCommand = {}): Promise<Rendered> {
  const { declared, lockFile, notes } = await runOffline(stack, options);
  const manifests: Manifest[] = [];
  for (const { inputs } of declared.filter(({ type }) => type.startsWith('kubernetes:'))) {
    const object = withoutSecrets(inputs) as Manifest;
    if (pulumi.containsUnknowns(inputs)) {
      notes.push(`left out: ${object.kind} ${object.metadata.name}, whose image is not in ${lockFile}`);
    } else manifests.push(object);
  }
  return { text: printManifests(manifests), notes: [...new Set(notes)].sort() };
}

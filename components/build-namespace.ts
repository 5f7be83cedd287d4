// The namespace in which service images are built, by whichever builder a stack has.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { buildNamespace } from '../settings/objects.ts';
import { metadata, podSecurity } from './kubernetes.ts';

export interface BuildNamespaceArgs {
  /** The least that the builder's pods need. */
  level: 'baseline' | 'privileged';
}

/** A namespace of its own kind: another builder changes its level, and does not make it anew. */
export class BuildNamespace extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: BuildNamespaceArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('slipway:builds:BuildNamespace', name, {}, opts);
    const namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: metadata(buildNamespace, undefined, { labels: podSecurity(args.level) }) },
      {
        parent: this,
        // Where stacks of before have it. Deleting that one would delete what is in this one.
        aliases: [{ name: 'buildkit-namespace', parent: pulumi.createUrn('buildkit', 'slipway:buildkit:Buildkit') }],
      },
    );
    this.namespace = namespace.metadata.name;
    this.registerOutputs({ namespace: this.namespace });
  }
}

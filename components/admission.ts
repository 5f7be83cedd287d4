// The rule that no tag runs, held by the cluster itself: whoever writes a workload, the API server looks at its images.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { metadata } from './kubernetes.ts';

export interface DigestAdmissionArgs {
  /** The namespace whose workloads run by digest only. */
  namespace: string;
}

/**
 * A ValidatingAdmissionPolicy and its binding to the namespace (Kubernetes 1.30 or newer). The API server evaluates it
 * itself: no webhook that could be down.
 */
export class DigestAdmission extends pulumi.ComponentResource {
  /** Name of the policy, which its refusals begin with. */
  readonly policy: pulumi.Output<string>;

  constructor(name: string, args: DigestAdmissionArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('slipway:admission:DigestAdmission', name, {}, opts);
    const parent = { parent: this };
    // Neither object lives in a namespace, and two systems may share a cluster.
    const of = () => metadata(`digests.${args.namespace}.slipway.dev`, undefined);
    const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
      `${name}-policy`,
      { metadata: of(), spec: policySpec },
      parent,
    );
    new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
      `${name}-binding`,
      {
        metadata: of(),
        spec: {
          policyName: policy.metadata.name,
          validationActions: ['Deny'],
          // The API server sets this label, and lets nobody change it.
          matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': args.namespace } } },
        },
      },
      parent,
    );
    this.policy = policy.metadata.name;
    this.registerOutputs({ policy: this.policy });
  }
}

/** As images/digest.ts has it. */
const pinned = '^[^@]+@sha256:[0-9a-f]{64}$';

const advice =
  'a tag may mean another image tomorrow: name it registry/repository[:tag]@sha256:…, as the pipeline and pulumi up do ' +
  '(slipway verify prints the digest of an image)';

const policySpec: k8s.types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec = {
  // What can't be judged is not let in on trust.
  failurePolicy: 'Fail',
  matchConstraints: {
    // Not pods alone, so that who writes a Deployment hears of it at once, and not its controller for ever.
    resourceRules: [
      rule('', ['pods', 'pods/ephemeralcontainers', 'replicationcontrollers']),
      rule('apps', ['deployments', 'statefulsets', 'daemonsets', 'replicasets']),
      rule('batch', ['jobs', 'cronjobs']),
    ],
  },
  variables: [
    { name: 'pod', expression: podOf('object') },
    { name: 'podBefore', expression: `oldObject == null ? dyn({}) : ${podOf('oldObject')}` },
    { name: 'images', expression: imagesOf('variables.pod') },
    { name: 'imagesBefore', expression: imagesOf('variables.podBefore') },
    {
      // An image that was there before may stay: labels change, and finalizers must come off.
      name: 'refused',
      expression: `variables.images.filter(image, !image.matches('${pinned}') && !(image in variables.imagesBefore))`,
    },
  ],
  validations: [
    {
      expression: 'variables.refused.size() == 0',
      message: `an image has no digest; ${advice}`,
      messageExpression: `variables.refused.join(', ') + ' has no digest; ${advice}'`,
    },
  ],
};

function rule(group: string, resources: string[]) {
  return { apiGroups: [group], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources };
}

/**
 * The spec of the pods that `object` makes, or is. `dyn`: the API server checks types against one kind at a time, and
 * would warn of the fields that only the others have.
 */
function podOf(object: string): string {
  const spec = `dyn(${object}).spec`;
  return `${spec}.?jobTemplate.spec.template.spec.or(${spec}.?template.spec).orValue(${spec})`;
}

function imagesOf(pod: string): string {
  const lists = ['containers', 'initContainers', 'ephemeralContainers'].map(key => `${pod}.?${key}.orValue([])`);
  return `(${lists.join(' + ')}).map(container, container.?image.orValue(''))`;
}

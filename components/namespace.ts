// The namespace of a system's workloads: restricted pods only, no traffic that no policy names, and the Secrets that the
// stack declares there.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { metadata, podSecurity } from './kubernetes.ts';
import { declarePullSecret, type RegistryLogin } from './pull-secret.ts';

export interface WorkloadNamespaceArgs {
  /** The namespace itself, for example `cerebral-platform`. */
  namespace: string;
  /** Who the nodes are at a registry that asks for a password; default: nobody. */
  login?: RegistryLogin;
  /** Secrets of the workloads, by name and key. */
  secrets?: Record<string, Record<string, pulumi.Input<string>>>;
}

/** A Namespace with the restricted pod security standard and a NetworkPolicy that denies by default. */
export class WorkloadNamespace extends pulumi.ComponentResource {
  /** The namespace, known once it is there. */
  readonly namespace: pulumi.Output<string>;
  /** Name of the pull secret, where there is a login. */
  readonly pullSecret: pulumi.Output<string> | undefined;
  /** The version of each of its Secrets, by name: another one with each change of a value. */
  readonly secretVersions: Record<string, pulumi.Output<string>>;

  constructor(name: string, args: WorkloadNamespaceArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('slipway:namespace:WorkloadNamespace', name, {}, opts);
    const namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: metadata(args.namespace, undefined, { labels: podSecurity('restricted') }) },
      { parent: this },
    );
    this.namespace = namespace.metadata.name;
    new k8s.networking.v1.NetworkPolicy(
      `${name}-deny`,
      {
        metadata: { ...metadata('deny-by-default', undefined), namespace: this.namespace },
        spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
      },
      { parent: this },
    );
    this.pullSecret = args.login && declarePullSecret(name, args.login, this.namespace, { parent: this });
    this.secretVersions = Object.fromEntries(
      Object.entries(args.secrets ?? {}).map(([secret, stringData]) => {
        const declared = new k8s.core.v1.Secret(
          `${name}-secret-${secret}`,
          { metadata: { ...metadata(secret, undefined), namespace: this.namespace }, stringData },
          { parent: this },
        );
        return [secret, declared.metadata.resourceVersion];
      }),
    );
    this.registerOutputs({ namespace: this.namespace, pullSecret: this.pullSecret });
  }
}

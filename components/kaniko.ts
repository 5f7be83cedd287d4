// What Kaniko needs in the cluster: nothing stands there; the pipeline's build step makes a pod for each platform of a run.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { Platform } from '../images/platform.ts';
import { kanikoName } from '../settings/objects.ts';
import { metadata } from './kubernetes.ts';
import { pinned } from './pinned.ts';
import { declarePullSecret, pullsWith, type RegistryLogin } from './pull-secret.ts';

const api = 'rbac.authorization.k8s.io';

export interface KanikoArgs {
  /** Kaniko's executor, by digest. */
  image: pulumi.Input<string>;
  /** The step image, by digest: it brings the source into the pods. */
  stepImage: pulumi.Input<string>;
  /** Where the pods run; it must exist. */
  namespace: pulumi.Input<string>;
  /** Who makes the pods. */
  clients: { namespace: string; accounts: string[] };
  platforms: Platform[];
  /** Platforms that no node has: their pods run anywhere, privileged, and the image must be able to emulate them. */
  emulate?: Platform[];
  /** Tokens and keys for repositories, as steps/git-access.ts reads them. */
  gitCredentials?: pulumi.Input<string>;
  /** Requests of one build, as Kubernetes quantities. */
  resources: { cpu: string; memory: string };
  /** Who the builds are at a registry that asks for a password; default: nobody. */
  login?: RegistryLogin;
}

/** The pods' service account, which may do nothing, and the rights of those who make them. */
export class Kaniko extends pulumi.ComponentResource {
  /** What the build step is told, as JSON. */
  readonly settings: pulumi.Output<string>;

  constructor(name: string, args: KanikoArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('slipway:kaniko:Kaniko', name, {}, opts);
    const { platforms, emulate = [], resources, clients } = args;
    const stray = emulate.filter(platform => !platforms.includes(platform));
    if (stray.length > 0) {
      throw new Error(`${name}.emulate: ${stray.join(', ')} is not among the platforms (${platforms.join(', ')})`);
    }
    const image = pinned(`${name}.image`, args.image);
    const stepImage = pinned(`${name}.stepImage`, args.stepImage);
    const parent = { parent: this };
    const inside = () => ({ ...metadata(kanikoName, undefined), namespace: args.namespace });
    const login = args.login && declarePullSecret(name, args.login, args.namespace, parent);
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata: inside(), automountServiceAccountToken: false, ...pullsWith(login) },
      parent,
    );
    const role = new k8s.rbac.v1.Role(
      `${name}-role`,
      {
        metadata: inside(),
        rules: [
          { apiGroups: [''], resources: ['pods'], verbs: ['create', 'get', 'list', 'delete'] },
          { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
        ],
      },
      parent,
    );
    new k8s.rbac.v1.RoleBinding(
      `${name}-role`,
      {
        metadata: inside(),
        roleRef: { apiGroup: api, kind: 'Role', name: role.metadata.name },
        subjects: clients.accounts.map(account => ({
          kind: 'ServiceAccount',
          name: account,
          namespace: clients.namespace,
        })),
      },
      parent,
    );
    new k8s.networking.v1.NetworkPolicy(
      `${name}-policy`,
      // A build asks; nobody asks it.
      { metadata: inside(), spec: { podSelector: {}, policyTypes: ['Ingress'] } },
      parent,
    );
    const git =
      args.gitCredentials &&
      new k8s.core.v1.Secret(
        `${name}-git-credentials`,
        {
          metadata: { ...metadata('slipway-git-credentials', undefined), namespace: args.namespace },
          stringData: { 'credentials.json': args.gitCredentials },
        },
        parent,
      );
    this.settings = pulumi.jsonStringify({
      namespace: args.namespace,
      serviceAccount: account.metadata.name,
      image,
      stepImage,
      resources,
      emulate,
      ...(login && { login }),
      ...(git && { gitSecret: git.metadata.name }),
    });
    this.registerOutputs({ settings: this.settings });
  }
}

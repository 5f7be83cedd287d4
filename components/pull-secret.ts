// How nodes and builds sign in at a registry that asks for a password: one Secret a namespace, as `docker login` keeps it.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { metadata } from './kubernetes.ts';

export interface RegistryLogin {
  /** Every name of the registry that a reference may have, `host[:port]`. */
  registries: string[];
  username: pulumi.Input<string>;
  password: pulumi.Input<string>;
}

/** The Secret's only key. */
export const dockerConfigKey = '.dockerconfigjson';

/** Declares the pull secret of a namespace; gives its name. */
export function declarePullSecret(
  name: string,
  login: RegistryLogin,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const secret = new k8s.core.v1.Secret(
    `${name}-pull`,
    {
      metadata: { ...metadata('slipway-registry', undefined), namespace },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { [dockerConfigKey]: dockerConfig(login) },
    },
    opts,
  );
  return secret.metadata.name;
}

/** The field of a ServiceAccount whose pods pull with it; nothing where there is none. */
export function pullsWith(pullSecret: pulumi.Input<string> | undefined): {
  imagePullSecrets?: k8s.types.input.core.v1.LocalObjectReference[];
} {
  return pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] };
}

function dockerConfig({ registries, username, password }: RegistryLogin): pulumi.Output<string> {
  return pulumi.secret(pulumi.all([username, password])).apply(([user, word]) => {
    const auth = Buffer.from(`${user}:${word}`).toString('base64');
    return JSON.stringify({ auths: Object.fromEntries(registries.map(registry => [registry, { auth }])) });
  });
}

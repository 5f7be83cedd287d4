// The way in from outside the cluster: a host name, TLS, and the Service behind it.
import k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import { type metadata, noWait, type Transform, transformed } from './kubernetes.ts';

/** One host of an Ingress. */
export interface IngressRule {
  host: string;
  /** IngressClass, which names the controller. */
  class: string;
  /** Secret of type kubernetes.io/tls in the namespace of the Ingress; default: the controller's own certificate. */
  tlsSecret?: string;
  /** What the controller, or cert-manager, reads there. */
  annotations?: Record<string, string>;
}

/** The same for a service, whose NetworkPolicy lets the controller's pods in. */
export interface IngressHost extends IngressRule {
  controllerNamespace: string;
}

/** An Ingress that leads all of `host` to one Service; `of` makes its metadata. Always with TLS. */
export function declareIngress(
  name: string,
  of: (annotations: Record<string, string>) => ReturnType<typeof metadata>,
  args: IngressRule & { backend: { name: pulumi.Input<string>; port: number } },
  opts: pulumi.CustomResourceOptions,
  transform?: Transform<k8s.networking.v1.IngressArgs>,
): void {
  const { host, tlsSecret, backend } = args;
  const service = { name: backend.name, port: { number: backend.port } };
  new k8s.networking.v1.Ingress(
    name,
    transformed(
      {
        // An address comes when the controller sees fit, and says nothing of the service.
        metadata: of({ ...noWait, ...args.annotations }),
        spec: {
          ingressClassName: args.class,
          tls: [{ hosts: [host], ...(tlsSecret !== undefined && { secretName: tlsSecret }) }],
          rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service } }] } }],
        },
      },
      transform,
    ),
    opts,
  );
}

// From the stack's one word on ingress to what each component is told.
import type { IngressHost, IngressRule } from '../components/ingress.ts';
import type { Settings } from '../settings/settings.ts';

type Ingress = Settings['ingress'];

/** Undefined where nobody outside may reach the service. */
export function serviceIngress(ingress: Ingress, service: string): IngressHost | undefined {
  const host = ingress?.hosts[service];
  return ingress && host !== undefined ? { ...rule(ingress, host), controllerNamespace: ingress.namespace } : undefined;
}

export function listenerIngress(ingress: Ingress): IngressRule | undefined {
  return ingress?.listenerHost === undefined ? undefined : rule(ingress, ingress.listenerHost);
}

function rule({ class: name, tlsSecret, annotations }: NonNullable<Ingress>, host: string): IngressRule {
  return { host, class: name, tlsSecret, annotations };
}

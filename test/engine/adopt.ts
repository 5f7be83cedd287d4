// A state without an `up`: what a preview would create, taken for made. No cluster, builder or registry has to make it.
import { type EngineEvent, parseUrn, type State } from '../../commands/preview/events.ts';

/** What the engine writes for a value that is not known yet, a provider's id among them. */
export const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const providerId = '00000000-0000-4000-8000-000000000001';
const signature = '4dabf18193072939515e22adb298388d';

export interface Resource {
  urn: string;
  id?: string;
  type: string;
  custom: boolean;
  parent?: string;
  provider?: string;
  retainOnDelete?: boolean;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/**
 * The resources that `events` declare, for a deployment. `secret`: what stands in every place where the events have a
 * secret, which the engine takes out of them.
 */
export function adopt(events: readonly EngineEvent[], secret: unknown): Resource[] {
  const states = new Map<string, State & Pick<Resource, 'provider' | 'retainOnDelete' | 'id'>>();
  for (const { resourcePreEvent, resOutputsEvent } of events) {
    const { op, urn, new: state } = (resourcePreEvent ?? resOutputsEvent)?.metadata ?? {};
    if (urn && state && op !== 'refresh') states.set(urn, state);
  }
  const resources = [...states].map(([urn, { custom = false, retainOnDelete, ...state }]): Resource => {
    const { type, name } = parseUrn(urn);
    return {
      urn,
      ...(custom && { id: type.startsWith('pulumi:providers:') ? providerId : idOf(state.inputs, name) }),
      type,
      custom,
      ...(state.parent && { parent: state.parent }),
      ...(state.provider && { provider: state.provider.replace(unknown, providerId) }),
      ...(retainOnDelete && { retainOnDelete }),
      inputs: uncovered(state.inputs, secret) as Resource['inputs'],
      outputs: uncovered(state.outputs, secret) as Resource['outputs'],
    };
  });
  const known = new Set(resources.map(({ urn }) => urn));
  const named = new Set(resources.flatMap(({ provider }) => provider?.slice(0, provider.lastIndexOf('::')) ?? []));
  // The engine says nothing of the providers that it makes itself.
  return [...[...named].filter(urn => !known.has(urn)).map(ownProvider), ...resources];
}

/** `resources` as `pulumi stack import` takes them. `salt`: of the stack file. */
export function deploymentOf(resources: readonly Resource[], salt: string): object {
  const manifest = { time: '2026-01-01T00:00:00Z', magic: '', version: '' };
  return {
    version: 3,
    deployment: { manifest, secrets_providers: { type: 'passphrase', state: { salt } }, resources },
  };
}

function uncovered(value: unknown, secret: unknown): unknown {
  if (Array.isArray(value)) return value.map(item => uncovered(item, secret));
  if (typeof value !== 'object' || value === null) return value;
  const mark = (value as Record<string, unknown>)[signature];
  if (mark !== undefined) return { [signature]: mark, plaintext: JSON.stringify(secret) };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, uncovered(item, secret)]));
}

/** Of the name `default_1_2_1`. */
function ownProvider(urn: string): Resource {
  const { type, name } = parseUrn(urn);
  const values = { version: name.replace(/^default_/, '').replaceAll('_', '.') };
  return { urn, id: providerId, type, custom: true, inputs: values, outputs: values };
}

function idOf({ metadata }: Record<string, unknown>, name: string): string {
  const object = metadata as { name?: string; namespace?: string } | undefined;
  return object?.name ? `${object.namespace ?? ''}/${object.name}` : name;
}

// The images that the stack builds again, why, and who follows.
import { createHash } from 'node:crypto';
import { isDigest, shortDigest } from '../../images/digest.ts';
import type { Change, Changes } from './changes.ts';
import type { State } from './events.ts';

export interface Rebuild {
  /** `repository:tag` of an image that the stack builds; the name of a service that the pipeline builds by itself. */
  image: string;
  /** One line each. */
  reasons: string[];
  /** Services that are built again on it. */
  dependents: string[];
  /** Fingerprint of what goes into the build: the same is the same image. */
  inputs: string;
}

const imageType = 'docker-build:index:Image';
const commandType = 'command:local:Command';
const imageComponent = 'slipway:image:Image';
const dependentsComponent = 'slipway:pipeline:Dependents';

/** All rebuilds, and the changes that they explain. */
export function rebuildsOf({ changes, declared }: Changes): { rebuilds: Rebuild[]; explained: Set<Change> } {
  const component = (change: Change) => {
    const urn = (change.new ?? change.old)!.parent;
    return { before: changes.find(other => other.urn === urn)?.old, now: declared.get(urn) };
  };
  const images = changes.filter(({ type, operation }) => type === imageType && operation !== 'delete');
  const runs = changes.filter(
    ({ type, parents, operation }) =>
      type === commandType && parents.includes(dependentsComponent) && operation !== 'delete',
  );
  const baseOf = (run: Change) => {
    const { before, now } = component(run);
    const service = serviceOf(run);
    return { service, base: basesIn(now)[service], last: basesIn(before)[service] };
  };
  const names = new Set(images.map(nameOf));
  const own = runs.filter(run => !names.has(baseOf(run).base ?? ''));
  const rebuilds = [
    ...images.map(image => {
      const { before, now } = component(image);
      const name = nameOf(image);
      return {
        image: name,
        reasons: reasonsOf(image, filesIn(before), filesIn(now)),
        dependents: runs
          .map(baseOf)
          .flatMap(({ service, base }) => (base === name ? [service] : []))
          .sort(),
        inputs: fingerprint([filesIn(now), imageInputs(image.new)]),
      };
    }),
    ...own.map(run => {
      const { service, base, last } = baseOf(run);
      const { triggers: _, ...inputs } = run.new!.inputs;
      return {
        image: service,
        reasons: [whyAlone(run, base, last)],
        dependents: [],
        inputs: fingerprint([base, inputs]),
      };
    }),
  ];
  const verified = changes.filter(({ type, parents }) => type === commandType && parents.includes(imageComponent));
  return { rebuilds, explained: new Set([...images, ...runs, ...verified.filter(({ new: state }) => state)]) };
}

function whyAlone({ operation }: Change, base = 'its base', last?: string): string {
  if (last !== undefined && last !== base) return `it goes from ${last} to ${base}`;
  if (operation === 'create') return `its build on ${base} has not been seen to succeed`;
  return operation === 'replace' ? `${base} has changed` : 'the parameters of its build change';
}

function reasonsOf(image: Change, before: Files | undefined, now: Files | undefined): string[] {
  if (image.operation === 'create') return [image.gone ? 'the registry has it no more' : 'it is new'];
  const [old, next] = [imageInputs(image.old), imageInputs(image.new)];
  const reasons = [
    ...compared(before ?? now ?? {}, now ?? {}, (file, from, to) =>
      to === undefined ? `${file} is gone` : `${file} ${from === undefined ? 'is new' : 'changed'}`,
    ),
    ...compared(
      old.buildArgs,
      next.buildArgs,
      (name, from, to) => `build argument ${name}: ${shown(from)} → ${shown(to)}`,
    ),
    ...compared(old.named, next.named, (name, from, to) => `upstream ${name}: ${pinOf(from)} → ${pinOf(to)}`),
    ...(JSON.stringify(old.platforms) === JSON.stringify(next.platforms)
      ? []
      : [`platforms: ${shown(old.platforms)} → ${shown(next.platforms)}`]),
    ...image.paths.filter(path => !told.test(path)),
  ];
  if (reasons.length > 0) return reasons;
  return ['a file of its build context changed; which one will be known once an up has recorded them'];
}

/** Paths of the provider's diff that the reasons above tell better. */
const told = /^(?:contextHash|buildArgs|context\.named|platforms)(?:[.[]|$)/;

type Files = Record<string, string>;

interface ImageInputs {
  buildArgs: Record<string, unknown>;
  named: Record<string, unknown>;
  platforms: unknown;
  dockerfile: unknown;
}

/** The provider's own form of them. */
type Declared = Partial<Omit<ImageInputs, 'named'>> & { context?: { named?: Record<string, { location: unknown }> } };

function imageInputs(state: State | undefined): ImageInputs {
  const { buildArgs = {}, context, platforms, dockerfile } = (state?.inputs ?? {}) as Declared;
  const named = Object.entries(context?.named ?? {});
  return {
    buildArgs,
    named: Object.fromEntries(named.map(([name, { location }]) => [name, location])),
    platforms,
    dockerfile,
  };
}

const filesIn = (state: State | undefined) => state?.inputs.files as Files | undefined;
const basesIn = (state: State | undefined) => (state?.inputs.bases ?? {}) as Record<string, string>;

/** `host/repository:tag` is how the push names it. */
function nameOf({ new: state, name }: Change): string {
  const [tag] = (state?.inputs.tags ?? []) as unknown[];
  return typeof tag === 'string' ? tag.slice(tag.indexOf('/') + 1) : name;
}

/** The component that starts the runs names each by itself and the service. */
function serviceOf({ new: state, name }: Change): string {
  const component = state!.parent.split('::').at(-1)!;
  return name.slice(component.length + 1);
}

function compared<T>(old: Record<string, T>, now: Record<string, T>, line: (key: string, from?: T, to?: T) => string) {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return keys.flatMap(key =>
    JSON.stringify(old[key]) === JSON.stringify(now[key]) ? [] : [line(key, old[key], now[key])],
  );
}

const shown = (value: unknown) => (value === undefined ? 'none' : JSON.stringify(value));

/** `docker-image://registry/repository:tag@digest`: its digest says all that can differ. */
function pinOf(location: unknown): string {
  const digest = typeof location === 'string' ? location.split('@').at(-1) : undefined;
  return isDigest(digest) ? shortDigest(digest) : shown(location);
}

/** 16 hexadecimal digits that do not depend on the order of keys. */
function fingerprint(value: unknown): string {
  const sorted = (_: string, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item;
  return createHash('sha256').update(JSON.stringify(value, sorted)).digest('hex').slice(0, 16);
}

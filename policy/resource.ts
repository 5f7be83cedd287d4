// What the rules judge: a resource as the program declares it, before anything is sent.

/** In the place of a value that no rule may see. */
class Mark {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/** In the place of a value that Pulumi was told is secret. */
export const secret = new Mark('secret');
/** In the place of a value that can't be known yet. */
export const unknown = new Mark('not known yet');

export type Value = null | boolean | number | string | Mark | Value[] | Fields;

export interface Fields {
  [key: string]: Value | undefined;
}

export interface Resource {
  /** `Deployment cerebral-platform/ai-services`, `Namespace registry`; `Image base-cpu` for what is no Kubernetes object. */
  name: string;
  /** Kind of a Kubernetes object, last part of the type of any other resource. */
  kind: string;
  fields: Fields;
}

/** The fields of `value`; none of what has no fields. */
export function fieldsOf(value: Value | undefined): Fields {
  const none = typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Mark;
  return none ? {} : value;
}

/** The items of `value`; none of what is no list. */
export function itemsOf(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}

/** Whether anything in `value` can't be known yet. */
export function hasUnknown(value: Value | undefined): boolean {
  if (Array.isArray(value)) return value.some(hasUnknown);
  return value === unknown || Object.values(fieldsOf(value)).some(hasUnknown);
}

/** Every text in `value` with its path; what is secret or unknown is none. */
export function* textsOf(value: Value | undefined, path = ''): Generator<{ path: string; text: string }> {
  if (typeof value === 'string') yield { path, text: value };
  for (const [i, item] of itemsOf(value).entries()) yield* textsOf(item, `${path}[${i}]`);
  for (const [key, item] of Object.entries(fieldsOf(value))) yield* textsOf(item, path === '' ? key : `${path}.${key}`);
}

// What the rules judge: a resource as the program declares it, before anything is sent.

/** In the place of a value that Pulumi was told is secret. */
export class Secret {
  /** What it hides. */
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
  toJSON(): string {
    return '[secret]';
  }
}

class Unknown {}
/** In the place of a value that can't be known yet. */
export const unknown = new Unknown();

export type Value = null | boolean | number | string | Secret | Unknown | Value[] | Fields;

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
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return value instanceof Secret || value instanceof Unknown ? {} : (value as Fields);
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

/** Every text in `value` with its path; `opened`: those that a secret hides as well. */
export function* textsOf(
  value: Value | undefined,
  path = '',
  opened = false,
): Generator<{ path: string; text: string; hidden: boolean }> {
  if (typeof value === 'string') yield { path, text: value, hidden: false };
  if (value instanceof Secret && opened) {
    for (const found of textsOf(value.value, path, true)) yield { ...found, hidden: true };
  }
  for (const [i, item] of itemsOf(value).entries()) yield* textsOf(item, `${path}[${i}]`, opened);
  for (const [key, item] of Object.entries(fieldsOf(value))) {
    yield* textsOf(item, path === '' ? key : `${path}.${key}`, opened);
  }
}

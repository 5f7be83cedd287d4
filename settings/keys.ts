// What the schema says of its keys: their shape, their secrets, and which value is the same as none.
import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import { schema } from './schema.ts';

export interface Key {
  name: string;
  type: z.ZodType;
  description: string;
  /**
   * Its default in Pulumi.yaml, which Pulumi hands to the program in place of no value: empty where the key must be set,
   * so that the program names what is missing together with all other faults.
   */
  unset: unknown;
  required: boolean;
  secret: boolean;
  /** Which stacks may have it: those with a pipeline, or all that build something in their `up`; absent: all. */
  only?: 'pipeline' | 'builds';
}

/** The keys of a stack file in the order of the schema. */
export const keys: readonly Key[] = Object.entries(schema.shape).map(([name, type]) => {
  const { description = '', unset, secret, only } = (type.meta() ?? {}) as Metadata;
  const { data: value, success } = type.safeParse(undefined);
  return {
    name,
    type,
    description,
    unset: unset ?? (isScalar(value) ? value : isMap(type) ? {} : ''),
    required: !success,
    secret: secret === true,
    ...(only && { only }),
  };
});

/** Whether the value at `path` (`registryTls.key`) is a secret. */
export function isSecret(path: string): boolean {
  return keys.some(({ name, secret }) => secret && (path === name || path.startsWith(`${name}.`)));
}

/** Whether `value` is the same as not to set the key. */
export function isUnset(key: Key, value: unknown): boolean {
  return value === '' || isDeepStrictEqual(value, key.unset);
}

/** The type without what makes it optional. */
export function bare(type: z.ZodType): z.ZodType {
  const { innerType } = type.def as { innerType?: z.ZodType };
  return innerType ? bare(innerType) : type;
}

/** The types of the keys below `type`, by name. */
export function shapeOf(type: z.ZodType): Record<string, z.ZodType> {
  return (bare(type).def as { shape?: Record<string, z.ZodType> }).shape ?? {};
}

/** The type at `path`, through lists and maps; undefined where the schema knows none. */
export function typeAt(path: readonly PropertyKey[]): z.ZodType | undefined {
  let at: z.ZodType | undefined = schema;
  for (const part of path) {
    if (at === undefined) return undefined;
    const { element, valueType } = bare(at).def as { element?: z.ZodType; valueType?: z.ZodType };
    at = shapeOf(at)[String(part)] ?? element ?? valueType;
  }
  return at;
}

interface Metadata {
  description?: string;
  unset?: unknown;
  secret?: boolean;
  only?: Key['only'];
}

function isScalar(value: unknown): boolean {
  return value !== undefined && typeof value !== 'object';
}

/** Whether keys below `type` are the user's own names. */
export function isRecord(type: z.ZodType): boolean {
  return bare(type).def.type === 'record';
}

function isMap(type: z.ZodType): boolean {
  return isRecord(type) || bare(type).def.type === 'object';
}

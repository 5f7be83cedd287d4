// Faults of a configuration, one line each: key, what was found, what is allowed, the nearest valid name.
import type * as z from 'zod';
import { didYouMean } from '../images/nearest.ts';
import { schema, secretKeys } from './schema.ts';

export interface Fault {
  /** `registry.storage.size`, without the namespace. */
  key: string;
  message: string;
}

/** The issues of one parse as faults; `raw` is what was parsed. */
export function faultsOf(issues: readonly z.core.$ZodIssue[], raw: unknown): Fault[] {
  return issues.flatMap(issue => faultOf(issue, raw));
}

/** A value as a message may show it. */
export function shown(key: string, value: unknown): string {
  if (isSecret(key)) return '[secret]';
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 80 ? `${json.slice(0, 77)}…` : json;
}

/** `a, b, c` of the names that a key may have, with the one that was probably meant. */
export function allowed(found: unknown, names: readonly string[]): string {
  return `allowed: ${names.join(', ')}${typeof found === 'string' ? didYouMean(found, names) : ''}`;
}

function faultOf(issue: z.core.$ZodIssue, raw: unknown): Fault[] {
  const key = keyOf(issue.path);
  const found = valueAt(raw, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const names = keysAt(issue.path);
    return issue.keys.map(unknown => ({
      key: keyOf([...issue.path, unknown]),
      message: `no such key; ${allowed(unknown, names)}`,
    }));
  }
  const expectation = expected(issue, found);
  if (found === undefined) return [{ key, message: `missing; ${isSecret(key) ? remedy(key) : expectation}` }];
  return [{ key, message: `found ${shown(key, found)}; ${expectation}` }];
}

function expected(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'invalid_value') return allowed(found, issue.values.map(String));
  if (issue.code === 'invalid_type' && !issue.message.startsWith('expected'))
    return `expected ${nouns[issue.expected] ?? issue.expected}`;
  return issue.message;
}

const nouns: Record<string, string> = {
  string: 'a text',
  array: 'a list',
  object: 'keys below it',
  record: 'keys below it',
};

function isSecret(key: string): boolean {
  // What is above a secret may hold it.
  return secretKeys.some(secret => key === secret || key.startsWith(`${secret}.`) || secret.startsWith(`${key}.`));
}

function remedy(key: string): string {
  const below = Object.keys(shapeOf(shapeOf(schema)[key] ?? schema));
  const path = below.length > 0 && key in shapeOf(schema) ? `${key}.{${below.join(',')}}` : key;
  return `set it with \`pulumi config set --secret --path slipway:${path}\``;
}

function keyOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], raw);
}

// The keys that the schema knows at `path`, through defaults and optionals.
function keysAt(path: readonly PropertyKey[]): string[] {
  let at = schema as z.ZodType;
  for (const part of path) at = shapeOf(at)[String(part)] ?? entryOf(at) ?? at;
  return Object.keys(shapeOf(at));
}

// Of a map, which takes any name.
function entryOf(type: z.ZodType): z.ZodType | undefined {
  const def = type.def as { innerType?: z.ZodType; valueType?: z.ZodType };
  return def.innerType ? entryOf(def.innerType) : def.valueType;
}

function shapeOf(type: z.ZodType): Record<string, z.ZodType> {
  const def = type.def as { innerType?: z.ZodType; shape?: Record<string, z.ZodType> };
  return def.innerType ? shapeOf(def.innerType) : (def.shape ?? {});
}

// Faults of a configuration, one line each: key, what was found, what is allowed, the nearest valid name.
import type * as z from 'zod';
import { didYouMean } from '../images/nearest.ts';
import { isRecord, isSecret, shapeOf, typeAt } from './keys.ts';

export interface Fault {
  /** Where it is not the project's own. */
  namespace?: string;
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
    const names = namesAt(issue.path);
    return issue.keys.map(unknown => ({
      key: keyOf([...issue.path, unknown]),
      message: `no such key; ${allowed(unknown, names)}`,
    }));
  }
  if (issue.code === 'invalid_key') return [{ key, message: `no such name; ${issue.issues[0]?.message}` }];
  const expectation = expected(issue, found);
  if (found === undefined) return [{ key, message: isSecret(key) ? missingSecret(key) : `missing; ${expectation}` }];
  return [{ key, message: `found ${shown(key, found)}; ${expectation}` }];
}

function expected(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'invalid_value') return allowed(found, issue.values.map(String));
  if (issue.code === 'invalid_type' && !issue.message.startsWith('expected'))
    return below(issue.path) ?? `expected ${nouns[issue.expected] ?? issue.expected}`;
  return issue.message;
}

/** `expected keys below it: context, uid, server` where the schema names them. */
function below(path: readonly PropertyKey[]): string | undefined {
  const names = namesAt(path);
  return names.length > 0 ? `expected keys below it: ${names.join(', ')}` : undefined;
}

function namesAt(path: readonly PropertyKey[]): string[] {
  const type = typeAt(path);
  return type ? Object.keys(shapeOf(type)) : [];
}

const nouns: Record<string, string> = {
  string: 'a text',
  array: 'a list',
  object: 'keys below it',
  record: 'keys below it',
};

/** What is said of a secret that is not there. */
export function missingSecret(key: string): string {
  return `missing; ${remedy(key)}`;
}

/** The command that stores the secret at `key`. */
export function remedy(key: string): string {
  const type = typeAt(key.split('.'))!;
  const names = Object.keys(shapeOf(type));
  const below = names.length > 0 ? `.{${names.join(',')}}` : isRecord(type) ? '.<id>' : '';
  return `set it with \`pulumi config set --secret --path slipway:${key}${below}\``;
}

function keyOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], raw);
}

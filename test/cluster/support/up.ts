// `pulumi up` of the sandbox's stack with other values than those of its file, which the next `up` takes back.
import assert from 'node:assert/strict';
import type { Fixture } from './fixture.ts';
import { registryAnswers } from './registry.ts';

/**
 * `up` with `keys` over those of the stack's file: a path on the command line puts a new value in the place of a whole key.
 * The registry, whose pod it may have replaced, answers when this ends.
 */
export async function upWith(f: Fixture, keys: Record<string, object> = {}): Promise<void> {
  const options = Object.entries(keys).flatMap(([key, value]) => paths(`slipway:${key}`, value));
  const path = options.length > 0 ? ['--config-path', ...options] : [];
  const ended = await f.pulumi('up', '--yes', '--skip-preview', '--color', 'never', ...path);
  assert.equal(ended.status, 0, ended.output);
  await registryAnswers(f);
}

function paths(path: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => paths(`${path}[${i}]`, item));
  if (typeof value !== 'object' || value === null) return ['--config', `${path}=${value}`];
  return Object.entries(value).flatMap(([key, item]) => paths(`${path}.${key}`, item));
}

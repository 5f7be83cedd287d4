// The committed stack files, as values that a test can change.
import assert from 'node:assert/strict';
import { readStackFile } from '../../../commands/stack-file.ts';
import { keys } from '../../../settings/keys.ts';
import { readSettings, SettingsError } from '../../../settings/settings.ts';

/** The values of Pulumi.<stack>.yaml with `changes`, by key or full key; undefined takes a key away. */
export async function stackValues(
  stack: string,
  changes: Record<string, unknown> = {},
): Promise<Record<string, string>> {
  const { values } = await readStackFile(`Pulumi.${stack}.yaml`);
  for (const [key, value] of Object.entries(changes)) {
    const full = key.includes(':') ? key : `slipway:${key}`;
    if (value === undefined) delete values[full];
    else values[full] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  return values;
}

/** The faults of Pulumi.<stack>.yaml with `changes`, as lines. */
export async function faultsWith(
  stack: string,
  changes: Record<string, unknown>,
  isEncrypted?: (key: string) => boolean,
): Promise<string[]> {
  const values = await stackValues(stack, changes);
  try {
    readSettings(stack, values, isEncrypted);
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    const [title, ...lines] = error.message.split('\n');
    assert.match(title!, new RegExp(`^Pulumi\\.${stack}\\.yaml has (a fault|${lines.length} faults):$`));
    return lines.map(line => line.trim());
  }
  return [];
}

/** What a stack takes out of its file when it no longer builds, and what it says instead. */
export const locking: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(keys.filter(({ only }) => only).map(({ name }) => [name, undefined])),
  ingress: undefined,
  digests: 'lock',
};

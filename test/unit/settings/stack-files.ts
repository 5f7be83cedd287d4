// The committed stack files, as values that a test can change.
import { readStackFile } from '../../../commands/stack-file.ts';

/** The values of Pulumi.<stack>.yaml with `changes`; undefined takes a key away. */
export async function stackValues(
  stack: string,
  changes: Record<string, unknown> = {},
): Promise<Record<string, string>> {
  const { values } = await readStackFile(`Pulumi.${stack}.yaml`);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete values[`slipway:${key}`];
    else values[`slipway:${key}`] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  return values;
}

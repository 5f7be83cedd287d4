// The catalogue with more services: entries like the ones that it has.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cerebral } from '../../systems/cerebral.ts';

/** The images of a catalogue of `count` services. */
export function imagesOf(count: number): string[] {
  const names = cerebral.services.map(({ name }) => name);
  return [...names, ...added(count)].map(name => `cerebral/${name}`);
}

/** Adds entries to the catalogue in `folder`, a copy of the sources, until there are `count`. */
export async function extendCatalogue(folder: string, count: number): Promise<void> {
  const entries = `\ncerebral.services.push(...${JSON.stringify(added(count))}.map(service));\n`;
  await appendFile(join(folder, 'systems', 'cerebral.ts'), entries);
}

function added(count: number): string[] {
  const there = cerebral.services.length;
  if (count < there) throw new Error(`${count} services: the catalogue has ${there}, and none is taken away`);
  return Array.from({ length: count - there }, (_, i) => `service-${there + i + 1}`);
}

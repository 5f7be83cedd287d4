// JSON schemas for kubeconform, made from what the API servers themselves are made from: Kubernetes' OpenAPI document and
// Tekton's CRDs. Strict: a field that a kind does not have is a fault.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

type Schema = { [key: string]: unknown };

/** Where kubeconform finds a kind's schema below the folder that writeSchemas has filled. */
export const schemaPlace = '{{.ResourceKind}}_{{.Group}}_{{.ResourceAPIVersion}}.json';

// To kubeconform, the group without a name has that of its version.
const place = (group: string, version: string, kind: string) =>
  `${kind.toLowerCase()}_${group || version}_${version}.json`;

/** Fills `folder` from swagger.json of k8s.io/kubernetes and files with CRDs. Gives how many kinds there are. */
export async function writeSchemas(folder: string, openapi: string, crds: readonly string[]): Promise<number> {
  await mkdir(folder, { recursive: true });
  const kinds = [
    ...kindsOf(JSON.parse(await readFile(openapi, 'utf8')) as OpenApi),
    ...(await Promise.all(crds.map(customKinds))).flat(),
  ];
  await Promise.all(kinds.map(({ file, schema }) => writeFile(join(folder, file), JSON.stringify(schema))));
  return kinds.length;
}

interface Kind {
  file: string;
  schema: Schema;
}

interface OpenApi {
  definitions: Record<string, Schema>;
}

function kindsOf({ definitions }: OpenApi): Kind[] {
  return Object.entries(definitions).flatMap(([name, definition]) => {
    const kinds = (definition['x-kubernetes-group-version-kind'] ?? []) as Record<string, string>[];
    return kinds.map(({ group = '', version = '', kind = '' }) => {
      const needed = reachable(name, definitions);
      const schema = { ...strict(definition), definitions: Object.fromEntries(needed) };
      return { file: place(group, version, kind), schema };
    });
  });
}

/** The definitions that `name` refers to, however far away, strict. */
function reachable(name: string, definitions: Record<string, Schema>, seen = new Map<string, Schema>()) {
  for (const [, next] of JSON.stringify(definitions[name]).matchAll(/"#\/definitions\/([^"]+)"/g)) {
    if (seen.has(next!)) continue;
    seen.set(next!, strict(definitions[next!]!));
    reachable(next!, definitions, seen);
  }
  return seen;
}

async function customKinds(file: string): Promise<Kind[]> {
  const documents = parseAllDocuments(await readFile(file, 'utf8')).map(document => document.toJS());
  return documents
    .filter(document => document?.kind === 'CustomResourceDefinition')
    .flatMap(({ spec }) =>
      (spec.versions as { name: string; schema: { openAPIV3Schema: Schema } }[]).map(({ name, schema }) => ({
        file: place(spec.group, name, spec.names.kind),
        schema: strict(schema.openAPIV3Schema),
      })),
    );
}

/** The schema with what OpenAPI says of fields in Kubernetes' own words, in those of JSON Schema. */
function strict(schema: Schema): Schema {
  const result: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    // The name of a field, or a value, is no word of a schema.
    if (key === 'properties') result[key] = mapValues(value as Record<string, Schema>, strict);
    else if (key === 'items' || (key === 'additionalProperties' && typeof value === 'object')) {
      result[key] = strict(value as Schema);
    } else if (['allOf', 'anyOf', 'oneOf'].includes(key)) result[key] = (value as Schema[]).map(strict);
    else result[key] = value;
  }
  if (result['x-kubernetes-int-or-string'] || result.format === 'int-or-string') {
    return { anyOf: [{ type: 'integer' }, { type: 'string' }] };
  }
  // Formats that other programs take for something else, or do not know.
  delete result.format;
  const open = 'additionalProperties' in result || result['x-kubernetes-preserve-unknown-fields'] === true;
  if (result.properties && !open) result.additionalProperties = false;
  return result;
}

function mapValues<T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

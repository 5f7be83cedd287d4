// The schema in the words of others: Pulumi's own declaration of a project's keys, the JSON Schema that editors read, and
// the table of the documentation. `npm run golden` writes them; no program reads them from here.
import * as z from 'zod';
import { type Key, keys } from './keys.ts';
import { schema } from './schema.ts';

/** A key below `config:` in Pulumi.yaml. */
export interface PulumiKey {
  type?: 'string' | 'integer' | 'array' | 'object';
  items?: { type: 'string' };
  description: string;
  default: unknown;
  secret?: true;
}

/**
 * All have a default: Pulumi would stop at the first look where one is missing, and the program names it together with
 * all other faults. Secrets have no type: Pulumi takes the default of one that has for a secret in the open.
 */
export function pulumiConfig(): Record<string, PulumiKey> {
  const { properties } = editorSchema();
  return Object.fromEntries(
    keys.map(key => [key.name, { ...pulumiType(key, properties![key.name]!), ...common(key) }]),
  );
}

function common({ description, unset, secret }: Key): PulumiKey {
  return { description, default: unset, ...(secret && { secret }) };
}

function pulumiType({ secret, unset }: Key, { anyOf, type }: Json): Pick<PulumiKey, 'type' | 'items'> {
  if (secret) return {};
  const own = type ?? anyOf!.find(({ type }) => type !== undefined)!.type!;
  // A word may stand for a number; texts are what Pulumi has in any case.
  if (own === 'integer' && typeof unset === 'string') return { type: 'string' };
  return own === 'array' ? { type: 'array', items: { type: 'string' } } : { type: own as PulumiKey['type'] };
}

/** The JSON Schema of Pulumi.<stack>.yaml. Secrets may be missing: they are set after a stack file is written. */
export function stackFileSchema(): object {
  const { properties = {}, required = [] } = editorSchema();
  const prefixed = (name: string) => `slipway:${name}`;
  const entries = Object.entries(properties).map(([name, value]) => [prefixed(name), value]);
  const ofBuilds = keys.filter(({ only }) => only).map(({ name }) => [prefixed(name), false]);
  const open = required.filter(name => !keys.some(key => key.name === name && key.secret));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A stack file of Slipway',
    type: 'object',
    required: ['config'],
    properties: {
      config: {
        type: 'object',
        required: open.map(prefixed),
        properties: Object.fromEntries(entries),
        // Keys of providers.
        patternProperties: { '^(?!slipway:)': true },
        additionalProperties: false,
        if: { properties: { 'slipway:digests': { const: 'lock' } } },
        // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
        then: { properties: Object.fromEntries(ofBuilds) },
      },
    },
  };
}

/** The rows of the table in docs/configuration.md: key, type, default, what it is. */
export function keyTable(): string {
  const { properties = {}, required = [] } = editorSchema();
  const rows = keys.flatMap(({ name, only }) => {
    const [first, ...below] = rowsOf(name, properties[name]!, required.includes(name));
    const [cells, description] = first!;
    return [[cells, only ? `${description} ${OWNERS[only]}` : description] as Row, ...below];
  });
  const lines = rows.map(([cells, description]) => `| ${cells.join(' | ')} | ${escaped(description)} |`);
  return ['| key | type | default | what it is |', '|---|---|---|---|', ...lines, ''].join('\n');
}

const OWNERS: Record<NonNullable<Key['only']>, string> = {
  pipeline: 'Only where a pipeline builds.',
  builds: 'Only where an `up` builds images.',
};

type Row = [cells: [key: string, type: string, standard: string], description: string];

function rowsOf(path: string, json: Json, required: boolean): Row[] {
  const own = json.anyOf?.find(({ type }) => type !== undefined) ?? json;
  const { additionalProperties: each } = own;
  const [prefix, group] = isJson(each) ? [`${path}.<name>`, each] : [path, own];
  const names = isSecret(group) ? [] : Object.entries(group.properties ?? {});
  const rows = names.flatMap(([name, type]) =>
    rowsOf(`${prefix}.${name}`, type, group.required?.includes(name) ?? false),
  );
  // A group without a word of its own is told by what is in it.
  if (json.description === undefined && rows.length > 0) return rows;
  return [[[`\`${path}\``, typeName(own), required ? 'required' : defaultOf(json)], json.description ?? ''], ...rows];
}

function defaultOf({ default: value }: Json): string {
  if (value === undefined || value === '') return 'none';
  return `\`${Array.isArray(value) ? `[${value.join(', ')}]` : typeof value === 'object' ? '{}' : value}\``;
}

function typeName(json: Json): string {
  const { type, enum: values, minimum, maximum, items, additionalProperties } = json;
  if (isSecret(json)) return 'secret';
  if (values) return values.map(value => `\`${value}\``).join(', ');
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'integer') return `${minimum} to ${maximum}`;
  if (type === 'array') return `list of ${typeName(items!)}`;
  if (type === 'object' && isJson(additionalProperties)) return `map of ${typeName(additionalProperties)}`;
  return type === 'object' ? 'keys below' : 'text';
}

const isSecret = ({ properties }: Json) => properties?.secure !== undefined;
const escaped = (text: string) => text.replaceAll('<', '\\<').replaceAll('|', '\\|');
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

interface Json {
  type?: string;
  anyOf?: Json[];
  description?: string;
  default?: unknown;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  items?: Json;
  required?: string[];
  properties?: Record<string, Json>;
  additionalProperties?: Json | false;
}

/** What `pulumi config set --secret` leaves in a stack file. */
const secured = (description?: string) => ({
  ...(description !== undefined && { description }),
  type: 'object',
  properties: { secure: { type: 'string' } },
  required: ['secure'],
});

/** What must be there when the file is written: secrets are set after it. */
function withOpenRequired({ required, properties = {} }: Json): Pick<Json, 'required'> {
  return required ? { required: required.filter(name => !isSecret(properties[name] ?? {})) } : {};
}

function editorSchema(): Json {
  return z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      const { unset, secret, only: _, ...rest } = jsonSchema as Record<string, unknown> & { description?: string };
      const { description, ...type } = rest;
      for (const name of Object.keys(jsonSchema)) delete jsonSchema[name];
      if (secret && type.type === 'string') Object.assign(jsonSchema, secured(description));
      else if (unset !== undefined)
        Object.assign(jsonSchema, { description, default: unset, anyOf: [{ const: unset }, type] });
      else Object.assign(jsonSchema, rest, withOpenRequired(rest as Json));
    },
  }) as Json;
}

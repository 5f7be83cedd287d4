// JSON Schema as far as ours goes: what an editor would mark. A word that it does not know is an error, not a pass.

export type Schema = boolean | Record<string, unknown>;

/** Where `value` does not fit: paths, the same one more than once where there are several reasons. */
export function misfits(schema: Schema, value: unknown, path = ''): string[] {
  if (typeof schema === 'boolean') return schema ? [] : [path];
  return Object.entries(schema).flatMap(([word, argument]) => {
    const rule = rules[word];
    if (!rule) throw new Error(`${path}: ${word} is no word that this reader knows`);
    return rule(argument, value, path, schema);
  });
}

// biome-ignore lint/suspicious/noExplicitAny: each word's argument has a type of its own
type Rule = (argument: any, value: unknown, path: string, schema: Record<string, unknown>) => string[];

const fits = (schema: Schema, value: unknown) => misfits(schema, value).length === 0;
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const unless = (fine: boolean, path: string) => (fine ? [] : [path]);
const nothing: Rule = () => [];
const entries = (value: unknown) => (isObject(value) ? Object.entries(value) : []);
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const types: Record<string, (value: unknown) => boolean> = {
  object: isObject,
  array: Array.isArray,
  string: value => typeof value === 'string',
  integer: Number.isInteger,
  boolean: value => typeof value === 'boolean',
};

const rules: Record<string, Rule> = {
  ...{ $schema: nothing, title: nothing, description: nothing, default: nothing, format: nothing },
  // Read with `if`.
  // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
  ...{ patternProperties: nothing, then: nothing },
  type: (type: string, value, path) => unless(types[type]!(value), path),
  enum: (values: unknown[], value, path) => unless(values.includes(value), path),
  const: (one: unknown, value, path) => unless(same(one, value), path),
  anyOf: (all: Schema[], value, path) =>
    unless(
      all.some(schema => fits(schema, value)),
      path,
    ),
  minLength: (least: number, value, path) => unless(typeof value !== 'string' || value.length >= least, path),
  pattern: (form: string, value, path) => unless(typeof value !== 'string' || new RegExp(form).test(value), path),
  minimum: (least: number, value, path) => unless(typeof value !== 'number' || value >= least, path),
  maximum: (most: number, value, path) => unless(typeof value !== 'number' || value <= most, path),
  minItems: (least: number, value, path) => unless(!Array.isArray(value) || value.length >= least, path),
  items: (each: Schema, value, path) =>
    Array.isArray(value) ? value.flatMap((item, i) => misfits(each, item, `${path}[${i}]`)) : [],
  required: (names: string[], value, path) =>
    names.filter(name => isObject(value) && !(name in value)).map(name => `${path}/${name}`),
  propertyNames: (each: Schema, value, path) =>
    entries(value).flatMap(([name]) => (fits(each, name) ? [] : [`${path}/${name}`])),
  properties: (known: Record<string, Schema>, value, path) =>
    entries(value).flatMap(([name, item]) => (name in known ? misfits(known[name]!, item, `${path}/${name}`) : [])),
  additionalProperties: (rest: Schema, value, path, { properties = {}, patternProperties = {} }) => {
    const forms = Object.keys(patternProperties as object).map(form => new RegExp(form));
    const others = entries(value).filter(
      ([name]) => !(name in (properties as object)) && !forms.some(form => form.test(name)),
    );
    return others.flatMap(([name, item]) => misfits(rest, item, `${path}/${name}`));
  },
  if: (condition: Schema, value, path, schema) =>
    fits(condition, value) ? misfits(schema.then as Schema, value, path) : [],
};

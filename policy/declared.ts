// Resources as the program sends them to Pulumi's engine, with marks in the place of what is secret or can't be known yet.
import { runtime } from '@pulumi/pulumi';
import { type Fields, fieldsOf, type Resource, Secret, unknown, type Value } from './resource.ts';

/** `inputs`: as they are on the wire. Pulumi's own reading of them calls all secret that has a secret somewhere in it. */
export function resourceOf(type: string, name: string, inputs: Record<string, unknown>): Resource {
  const fields = marked(inputs) as Fields;
  const kind = typeof fields.kind === 'string' ? fields.kind : type.split(':').at(-1)!;
  const { namespace, name: object } = fieldsOf(fields.metadata);
  const place = typeof namespace === 'string' ? `${namespace}/` : '';
  return { name: `${kind} ${typeof object === 'string' ? `${place}${object}` : name}`, kind, fields };
}

function marked(value: unknown): Value | undefined {
  if (runtime.isRpcSecret(value)) return new Secret(marked(runtime.unwrapRpcSecret(value)));
  if (value === runtime.unknownValue) return unknown;
  if (Array.isArray(value)) return value.map(item => marked(item) ?? null);
  if (typeof value !== 'object' || value === null) return value as Value | undefined;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, marked(item)]));
}

// The same resources without components: a program of constructor calls and a state to go with it, both made from what the
// stack has exported. Pulumi then compares the same objects of the same cluster in both projects.
import dockerBuild from '@pulumi/docker-build';
import k8s from '@pulumi/kubernetes';

/** A resource as `pulumi stack export --show-secrets` writes it; further fields go through as they are. */
export interface StateResource {
  urn: string;
  type: string;
  custom: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  parent?: string;
  /** `<urn>::<id>` of its provider. */
  provider?: string;
  dependencies?: string[];
  retainOnDelete?: boolean;
  additionalSecretOutputs?: string[];
  customTimeouts?: object;
}

export interface Deployment {
  version: number;
  deployment: { resources?: StateResource[]; pending_operations?: unknown[] };
}

const stackType = 'pulumi:pulumi:Stack';
const secretMark = '4dabf18193072939515e22adb298388d';

/** The state of project `project`: the same resources, none with a parent but the stack. */
export function bareState(exported: Deployment, project: string): Deployment {
  const resources = exported.deployment.resources ?? [];
  const kept = resources.filter(({ custom, type }) => custom || type === stackType);
  const urns = new Map(kept.map(resource => [resource.urn, bareUrn(resource, project)]));
  const stack = [...urns.values()].find(urn => urn.includes(`::${stackType}::`));
  const known = (urn: string) => (urns.has(urn) ? [urns.get(urn)!] : []);
  const bare = kept.map(resource => {
    const [urn, id] = splitProvider(resource.provider);
    const { parent: _, outputs, ...rest } = resource;
    const isStack = resource.type === stackType;
    return {
      ...rest,
      ...(!isStack && { outputs, parent: stack }),
      urn: urns.get(resource.urn)!,
      ...(resource.provider && { provider: `${urns.get(urn)}::${id}` }),
      dependencies: (resource.dependencies ?? []).flatMap(known),
      propertyDependencies: {},
    };
  });
  return { ...exported, deployment: { ...exported.deployment, resources: bare } };
}

function bareUrn({ urn, type }: StateResource, project: string): string {
  const [scheme = '', , , name = ''] = urn.split('::');
  return [scheme, project, type, type === stackType ? `${project}-${scheme.split(':').pop()}` : name].join('::');
}

function splitProvider(provider = ''): [urn: string, id: string] {
  const at = provider.lastIndexOf('::');
  return [provider.slice(0, at), provider.slice(at + 2)];
}

const imports = [
  "import { local } from '@pulumi/command';",
  "import dockerBuild from '@pulumi/docker-build';",
  "import k8s from '@pulumi/kubernetes';",
  "import * as pulumi from '@pulumi/pulumi';",
];

/** Pulumi asks for a stack trace at each resource, and Node takes the longer for one the longer its function is. */
const RESOURCES_A_FUNCTION = 50;

/** The program that declares the resources of a bare state. Throws on a type that it does not know. */
export function bareProgram(state: Deployment): string {
  const lines: string[] = [];
  const variables = new Map<string, string>();
  for (const resource of state.deployment.resources ?? []) {
    const { urn, type, inputs = {} } = resource;
    const name = urn.slice(urn.lastIndexOf('::') + 2);
    // Pulumi makes its default providers itself.
    if (type === stackType || name.startsWith('default')) continue;
    const variable = `r${variables.size}`;
    variables.set(urn, variable);
    const args = type.startsWith('pulumi:providers:') ? { ...inputs, version: undefined } : inputs;
    const options = print(optionsOf(resource), variables);
    lines.push(`${variable} = new ${constructorOf(type)}(${print(name)}, ${print(args)}, ${options});`);
  }
  const parts = Array.from({ length: Math.ceil(lines.length / RESOURCES_A_FUNCTION) }, (_, i) => {
    const some = lines.slice(i * RESOURCES_A_FUNCTION, (i + 1) * RESOURCES_A_FUNCTION);
    return `(() => {\n${some.join('\n')}\n})();`;
  });
  const declared = lines.length > 0 ? [`let ${[...variables.values()].join(', ')};`] : [];
  return `${[...imports, ...declared, ...parts].join('\n')}\n`;
}

/** An expression in place of a value. */
class Variable {
  readonly urn: string;
  constructor(urn: string) {
    this.urn = urn;
  }
}

function optionsOf(resource: StateResource): object {
  const [urn] = splitProvider(resource.provider);
  const name = urn.slice(urn.lastIndexOf('::') + 2);
  const { retainOnDelete, additionalSecretOutputs, customTimeouts, dependencies = [] } = resource;
  return {
    ...(urn && !name.startsWith('default') && { provider: new Variable(urn) }),
    ...(dependencies.length > 0 && { dependsOn: dependencies.map(each => new Variable(each)) }),
    ...(retainOnDelete && { retainOnDelete }),
    ...(additionalSecretOutputs && { additionalSecretOutputs }),
    ...(customTimeouts && { customTimeouts }),
  };
}

function constructorOf(type: string): string {
  if (type === 'command:local:Command') return 'local.Command';
  if (type === 'docker-build:index:Image') return 'dockerBuild.Image';
  if (type === 'pulumi:providers:kubernetes') return 'k8s.Provider';
  if (type === 'pulumi:providers:docker-build' && dockerBuild.Provider) return 'dockerBuild.Provider';
  const [, group, version, kind] = /^kubernetes:([^/]+)\/(\w+):(\w+)$/.exec(type) ?? [];
  if (!group || !version || !kind) throw new Error(`a bare program has no constructor for ${type}`);
  const module = group.split('.')[0]!;
  const known = (k8s as unknown as Record<string, Record<string, Record<string, unknown>>>)[module]?.[version]?.[kind];
  return known ? `k8s.${module}.${version}.${kind}` : 'k8s.apiextensions.CustomResource';
}

function print(value: unknown, variables: ReadonlyMap<string, string> = new Map()): string {
  if (value instanceof Variable) return variables.get(value.urn) ?? 'undefined';
  if (Array.isArray(value)) return `[${value.map(each => print(each, variables)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  if (secretMark in value) return `pulumi.secret(${(value as { plaintext?: string }).plaintext})`;
  const entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${print(each, variables)}`);
  return `{ ${entries.join(', ')} }`;
}

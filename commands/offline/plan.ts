// `slipway plan <stack>`: what `pulumi up` will declare, and what depends on what, from the program itself.
import { type Declared, type OfflineCommand, runOffline } from './offline.ts';

/** One line a component: its objects by kind, and the components that come before it. */
export async function plan(stack: string, options: Pick<OfflineCommand, 'stacks'> = {}): Promise<string> {
  const { declared } = await runOffline(stack, { ...options, lockOptional: true });
  const components = declared.filter(({ type, parent }) => type.startsWith('slipway:') && isTop(parent));
  const owner = ownerOf(declared);
  const rows = components.map(component => {
    const parts = declared.filter(({ urn }) => urn !== component.urn && owner(urn) === component.urn);
    const after = new Set(
      [component, ...parts].flatMap(({ dependencies }) => dependencies.map(owner)).filter(urn => urn !== component.urn),
    );
    const before = components.filter(({ urn }) => after.has(urn)).map(({ name }) => name);
    return { name: component.name, what: parts.map(describe), after: before };
  });
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.flatMap(({ name, what, after }) => [
    `  ${name.padEnd(width)}  ${count(what)}`,
    ...(after.length > 0 ? [`  ${' '.repeat(width)}  after ${after.join(', ')}`] : []),
  ]);
  return [`Stack ${stack}: what pulumi up declares, and what it waits for`, '', ...lines, ''].join('\n');
}

const isTop = (urn: string) => urn === '' || urn.includes('::pulumi:pulumi:Stack::');

/** The component below the stack that a resource belongs to. */
function ownerOf(declared: readonly Declared[]): (urn: string) => string {
  const parents = new Map(declared.map(({ urn, parent }) => [urn, parent]));
  return urn => {
    let at = urn;
    for (let parent = parents.get(at); parent !== undefined && !isTop(parent); parent = parents.get(at)) at = parent;
    return at;
  };
}

function describe({ type, inputs }: Declared): string {
  if (type === 'docker-build:index:Image') {
    const { dockerfile, platforms } = inputs as { dockerfile: { location: string }; platforms: string[] };
    return `image of ${dockerfile.location} for ${platforms.join(' and ')}`;
  }
  if (type === 'command:local:Command') return 'command';
  return (inputs.kind as string | undefined) ?? type.split(':').at(-1)!;
}

/** `Deployment, 2 Service`: kinds in the order of their first mention. */
function count(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, number]) => (number > 1 ? `${number} ${kind}` : kind)).join(', ');
}

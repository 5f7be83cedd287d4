// From events to changes: the steps of one resource put together, and what a refresh has found.
import { type EngineEvent, parseUrn, type State, type Step } from './events.ts';

export type Operation = 'create' | 'update' | 'replace' | 'delete' | 'import';

export interface Change {
  urn: string;
  operation: Operation;
  type: string;
  name: string;
  /** Types of the components around it, the outermost first. */
  parents: string[];
  old?: State;
  new?: State;
  /** Property paths that differ, sorted; of a creation or deletion there are none. */
  paths: string[];
  /** The state has it, and its provider finds it no more: somebody else deleted it. */
  gone: boolean;
}

/** Steps that change nothing (`same`, `read`, `refresh`, …) are not here. */
const operations: Record<string, Operation> = {
  create: 'create',
  update: 'update',
  delete: 'delete',
  import: 'import',
  replace: 'replace',
  'create-replacement': 'replace',
  'delete-replaced': 'replace',
  'import-replacement': 'replace',
};

export interface Changes {
  /** In the engine's order. */
  changes: Change[];
  /** The state that each resource is to have, the unchanged ones among them, by URN. */
  declared: Map<string, State>;
}

export function changesOf(events: readonly EngineEvent[]): Changes {
  const changes = new Map<string, Change>();
  const declared = new Map<string, State>();
  const refreshing = new Set<string>();
  const gone = new Set<string>();
  for (const { resourcePreEvent, resOutputsEvent } of events) {
    const before = resourcePreEvent?.metadata;
    const after = resOutputsEvent?.metadata;
    if (after && refreshing.has(after.urn) && !after.new) gone.add(after.urn);
    if (!before) continue;
    if (before.op === 'refresh') refreshing.add(before.urn);
    else refreshing.delete(before.urn);
    if (before.new && before.op !== 'refresh') declared.set(before.urn, before.new);
    const operation = operations[before.op];
    if (operation) changes.set(before.urn, merged(changes.get(before.urn), operation, before, gone.has(before.urn)));
  }
  return { changes: [...changes.values()], declared };
}

/** A replacement comes as several steps: the parts of each count. */
function merged(known: Change | undefined, operation: Operation, step: Step, gone: boolean): Change {
  const { urn } = step;
  const paths = operation === 'update' || operation === 'replace' ? pathsOf(step) : [];
  return {
    urn,
    operation,
    ...parseUrn(urn),
    old: known?.old ?? step.old ?? undefined,
    new: known?.new ?? step.new ?? undefined,
    paths: [...new Set([...(known?.paths ?? []), ...paths])].sort(),
    gone,
  };
}

function pathsOf({ detailedDiff, diffs }: Step): string[] {
  const detailed = Object.keys(detailedDiff ?? {});
  return detailed.length > 0 ? detailed : (diffs ?? []);
}

// What a preview says, as data: who rolls, what is rebuilt, what else changes, and what went wrong. A pure function of
// the engine's events; the printers are elsewhere.
import { type Change, changesOf, type Operation } from './changes.ts';
import { type EngineEvent, parseUrn } from './events.ts';
import { type Rebuild, rebuildsOf } from './rebuilds.ts';
import { judgesOf, type Roll, rollOf } from './rolls.ts';

export interface Report {
  stack: string;
  /** The catalogue that the stack runs, and how it knows its digests; absent where the program did not start. */
  system?: string;
  digests?: string;
  rolls: Roll[];
  rebuilds: Rebuild[];
  others: Other[];
  /** Warnings, each once. */
  notes: string[];
  faults: Fault[];
}

export interface Other {
  operation: Operation;
  /** The last word of its type: `ConfigMap`. */
  kind: string;
  name: string;
  paths: string[];
  /** Whether somebody else has deleted it. */
  gone: boolean;
  /** Why it is not in order, which is what an `up` waits for, where nothing of it differs. */
  unhealthy?: string;
}

export interface Fault {
  message: string;
  /** The resource that it is about, where it is about one. */
  resource?: string;
}

/** What the engine says last of a run that failed, whose faults it has named before. */
const conclusion = /^(?:preview|update) failed$/i;

/** `events`: those of one preview of `stack`. */
export function reportOf(stack: string, events: readonly EngineEvent[]): Report {
  const all = changesOf(events);
  const { rebuilds, explained } = rebuildsOf(all);
  const judges = judgesOf(all.changes);
  const rolls: Roll[] = [];
  const others: Other[] = [];
  for (const change of all.changes) {
    // A component is the sum of its parts, and its parts are here.
    if (explained.has(change) || judges.has(change) || (change.new ?? change.old)?.custom !== true) continue;
    const rolled = rollOf(change);
    if (rolled) rolls.push(rolled.roll);
    if (!rolled || rolled.paths.length > 0) others.push(otherOf(change, rolled?.paths));
  }
  const config = events.find(event => event.preludeEvent)?.preludeEvent?.config ?? {};
  return {
    stack,
    system: config['slipway:system'],
    digests: config['slipway:digests'],
    rolls: inOrder(rolls, ({ service }) => service),
    rebuilds: inOrder(rebuilds, ({ image }) => image),
    others: inOrder(others, ({ kind, name }) => `${kind} ${name}`),
    notes: [...new Set(events.flatMap(warningsIn))].sort(),
    faults: faultsOf(events),
  };
}

// The engine works in parallel: in its order no report would be the same twice.
function inOrder<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Whether an `up` would do anything. */
export function changes({ rolls, rebuilds, others }: Report): boolean {
  return rolls.length + rebuilds.length + others.length > 0;
}

function otherOf({ operation, type, name, gone, old, ...change }: Change, paths = change.paths): Other {
  const unhealthy = paths.length === 0 ? old?.initErrors?.at(-1) : undefined;
  return { operation, kind: type.split(/[:/]/).at(-1) ?? type, name, paths, gone, ...(unhealthy && { unhealthy }) };
}

function warningsIn({ diagnosticEvent, policyEvent }: EngineEvent): string[] {
  if (diagnosticEvent?.severity === 'warning') return [textOf(diagnosticEvent.message)];
  return policyEvent && !binding(policyEvent) ? [policyText(policyEvent)] : [];
}

function faultsOf(events: readonly EngineEvent[]): Fault[] {
  const faults = new Map<string, Fault>();
  for (const { diagnosticEvent, policyEvent } of events) {
    if (diagnosticEvent?.severity === 'error') add(textOf(diagnosticEvent.message), diagnosticEvent.urn);
    if (policyEvent && binding(policyEvent)) add(policyText(policyEvent), policyEvent.resourceUrn);
  }
  const named = [...faults.values()].filter(({ message }) => !conclusion.test(message));
  return named.length > 0 ? named : [...faults.values()];

  function add(message: string, urn = ''): void {
    if (faults.has(message)) return;
    const { name, type } = parseUrn(urn);
    faults.set(message, { message, ...(name !== '' && type !== 'pulumi:pulumi:Stack' && { resource: name }) });
  }
}

const binding = ({ enforcementLevel }: { enforcementLevel: string }) => enforcementLevel === 'mandatory';

const policyText = ({
  policyPackName,
  policyName,
  message,
}: { [key in 'policyPackName' | 'policyName' | 'message']: string }) =>
  `policy ${policyPackName}/${policyName}: ${textOf(message)}`;

/** Without the engine's colour marks (`<{%reset%}>`) and the space around. */
function textOf(message: string): string {
  return message.replace(/<\{%.*?%\}>/g, '').trim();
}

// The engine's events, as far as a preview's report reads them: one JSON object a line, in the form of Pulumi's apitype
// (EngineEvent). `pulumi preview --json` writes them with PULUMI_ENABLE_STREAMING_JSON_PREVIEW set.

export interface EngineEvent {
  sequence: number;
  preludeEvent?: { config: Record<string, string> };
  diagnosticEvent?: Diagnostic;
  policyEvent?: PolicyViolation;
  resourcePreEvent?: { metadata: Step };
  resOutputsEvent?: { metadata: Step };
  summaryEvent?: { result?: string };
}

export interface Diagnostic {
  urn?: string;
  prefix?: string;
  message: string;
  severity: 'debug' | 'info' | 'info#err' | 'warning' | 'error';
  /** For a live display alone. */
  ephemeral?: boolean;
}

export interface PolicyViolation {
  resourceUrn?: string;
  message: string;
  policyName: string;
  policyPackName: string;
  enforcementLevel: string;
}

/** What the engine means to do with one resource, or has found of it. */
export interface Step {
  /** `same`, `create`, `update`, `delete`, `replace` and its parts, `refresh`, `read`, … */
  op: string;
  urn: string;
  type: string;
  old: State | null;
  new: State | null;
  /** Top-level properties that differ. */
  diffs?: string[];
  /** Property paths that differ, where the provider tells. */
  detailedDiff: Record<string, unknown> | null;
}

export interface State {
  /** Of a provider's resource; a component has none. */
  custom?: boolean;
  /** URN of the component that it belongs to. */
  parent: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  /** Why its provider, at the refresh, did not find it in order. */
  initErrors?: string[];
}

/** The events in `text`, and the lines that are none, which a person wants to see. */
export function parseEvents(text: string): { events: EngineEvent[]; strays: string[] } {
  const events: EngineEvent[] = [];
  const strays: string[] = [];
  for (const line of text.split('\n')) {
    const event = line.startsWith('{') ? parseEvent(line) : undefined;
    if (event) events.push(event);
    else if (line.trim() !== '') strays.push(line);
  }
  return { events, strays };
}

function parseEvent(line: string): EngineEvent | undefined {
  try {
    const value = JSON.parse(line) as Partial<EngineEvent>;
    return typeof value.sequence === 'number' ? (value as EngineEvent) : undefined;
  } catch {
    return undefined;
  }
}

/** The parts of a URN: `urn:pulumi:<stack>::<project>::<types of the parents>$<type>::<name>`. */
export function parseUrn(urn: string): { parents: string[]; type: string; name: string } {
  const [, , types = '', ...name] = urn.split('::');
  const chain = types.split('$');
  return { parents: chain.slice(0, -1), type: chain.at(-1) ?? '', name: name.join('::') };
}

// Events without what differs from run to run, and without what no report reads: they are kept in the repository.
import { parseEvents, type State } from '../../commands/preview/events.ts';

/** `text`: the engine's stream. Debug messages go, and outputs, and what is said of resources that stay as they are. */
export function trimmed(text: string): string {
  const { events, strays } = parseEvents(text);
  if (strays.length > 0) throw new Error(`this is no event: ${strays[0]}`);
  const kept = events.filter(({ diagnosticEvent, resOutputsEvent }) => {
    const { severity, ephemeral } = { ephemeral: false, ...diagnosticEvent };
    if (severity === 'debug' || ephemeral) return false;
    return resOutputsEvent === undefined || !resOutputsEvent.metadata.new;
  });
  const lines = kept.map((event, sequence) => {
    const step = (event.resourcePreEvent ?? event.resOutputsEvent)?.metadata;
    if (step) {
      for (const which of ['old', 'new'] as const) step[which] &&= withoutOutputs(step[which]);
      if (step.op === 'refresh') [step.old, step.new] = [null, null];
      if (step.op === 'same') step.old = null;
      if (step.op === 'same' && step.new?.custom) step.new.inputs = {};
    }
    if (event.summaryEvent) Object.assign(event.summaryEvent, { durationSeconds: 0 });
    return JSON.stringify({ ...event, sequence, timestamp: 0 });
  });
  return `${lines.join('\n')}\n`;
}

const withoutOutputs = (state: State): State => ({ ...state, outputs: {} });

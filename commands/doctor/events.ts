// What the cluster says of a pod that does not come up and its status has no word for: a probe that fails and why, a volume
// that can't be mounted, a refused pull.
import type { KubeObject } from '../../cluster/kube.ts';
import { oneLine } from '../../cluster/one-line.ts';
import type { Context } from '../context.ts';

interface Event extends KubeObject {
  type?: string;
  reason?: string;
  message?: string;
  lastTimestamp?: string | null;
  eventTime?: string | null;
}

// It says no more than the state of the container.
const EMPTY = 'BackOff';
const LONGEST = 300;

/** `text` with the last warning about `pod`, unless it says that already, or nobody may look. */
export async function withWarning(
  context: Context,
  namespace: string | undefined,
  { text, pod }: { text: string; pod?: string },
): Promise<string> {
  if (pod === undefined) return text;
  const kube = await context.kube();
  const fieldSelector = `involvedObject.kind=Pod,involvedObject.name=${pod},type=Warning`;
  const events = await kube.list<Event>(`/api/v1/namespaces/${namespace}/events`, { fieldSelector }).catch(() => []);
  const last = events
    .filter(({ reason, message }) => reason !== EMPTY && message)
    .sort((a, b) => timeOf(a) - timeOf(b))
    .at(-1);
  if (!last) return text;
  const said = oneLine(last.message!).slice(0, LONGEST);
  return text.includes(said) ? text : `${text}; last warning: ${last.reason}: ${said}`;
}

function timeOf({ lastTimestamp, eventTime, metadata }: Event): number {
  return Date.parse(lastTimestamp ?? eventTime ?? String(metadata.creationTimestamp));
}

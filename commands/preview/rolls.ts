// The services whose pods get another image.
import { type Digest, shortDigest } from '../../images/digest.ts';
import { parseReference } from '../../images/reference.ts';
import { shortCommitOf, UNKNOWN_COMMIT } from '../../images/tags.ts';
import type { Change } from './changes.ts';
import type { State } from './events.ts';

/** An image that a service runs. */
export interface Running {
  /** `registry/repository:tag@digest`. */
  image: string;
  digest?: Digest;
  /** The first 12 digits of its source commit, or `unknown`. */
  commit: string;
}

export interface Roll {
  service: string;
  /** Absent where nothing runs. */
  from?: Running;
  /** Nothing runs because somebody else has deleted the workload. */
  gone?: boolean;
  /** Absent where the workload goes. */
  to?: Running;
  /** What lies between the two commits, the latest first; absent where nobody could tell. */
  commits?: string[];
  /** The new commit is older than the one before it: `commits` are those that are taken back. */
  back?: boolean;
  /** Where a person can read the same. */
  compare?: string;
}

const workload = /^kubernetes:apps\/v1:(?:Deployment|StatefulSet)$/;
const imagePath = /^spec\.template\.spec\.containers\[\d+\]\.image$/;

/** The roll that a change is, and what else it changes; undefined where no service gets another image. */
export function rollOf(change: Change): { roll: Roll; paths: string[] } | undefined {
  if (!change.parents.includes('slipway:service:Service') || !workload.test(change.type)) return undefined;
  const from = change.gone ? undefined : runningOf(change.old);
  const to = change.operation === 'delete' ? undefined : runningOf(change.new);
  if (from?.image === to?.image) return undefined;
  const service = nameOf(change.new ?? change.old) ?? change.name;
  return {
    roll: { service, from, to, ...(change.gone && { gone: true }) },
    paths: change.paths.filter(path => !imagePath.test(path)),
  };
}

/** What waits for a workload in the `up` that changes it: it comes with that change, and says nothing of its own. */
export function judgesOf(changes: readonly Change[]): Set<Change> {
  const componentOf = (change: Change) => (change.new ?? change.old)?.parent;
  const rolled = new Set(changes.filter(({ type }) => workload.test(type)).map(componentOf));
  const judges = changes.filter(
    change => change.type === 'command:local:Command' && change.parents.includes('slipway:service:Service'),
  );
  return new Set(judges.filter(judge => rolled.has(componentOf(judge))));
}

/** For messages: the first 12 digits of the digest, or what is there in its place. */
export function briefly({ digest, image }: Running): string {
  return digest ? shortDigest(digest) : image;
}

interface Workload {
  metadata?: { name?: string };
  spec?: { template?: { spec?: { containers?: { name?: string; image?: string }[] } } };
}

const nameOf = (state: State | undefined) => (state?.inputs as Workload | undefined)?.metadata?.name;

function runningOf(state: State | undefined): Running | undefined {
  const { metadata, spec } = (state?.inputs ?? {}) as Workload;
  const containers = spec?.template?.spec?.containers ?? [];
  const image = (containers.find(({ name }) => name === metadata?.name) ?? containers[0])?.image;
  if (typeof image !== 'string') return undefined;
  try {
    const { digest, tag = '' } = parseReference(image);
    return { image, digest, commit: shortCommitOf(tag) };
  } catch {
    return { image, commit: UNKNOWN_COMMIT };
  }
}

// The status for a terminal.
import { shortDigest } from '../../images/digest.ts';
import { age } from '../age.ts';
import { table } from '../table.ts';
import { isTrouble } from './state.ts';
import type { BaseStatus, Seen, ServiceStatus, Sighting, StackStatus } from './status.ts';

/** Digests with 12 digits, commit and age; a star before what somebody has to look at. */
export function printed(status: StackStatus): string {
  const now = Date.parse(status.asked);
  const rows = status.services.map(service => [service.name, ...cells(service, now)]);
  const bases = status.bases.map(base => [
    `${base.repository}:${base.tag}`,
    described(base.built, now),
    pinOf(base, 'runs build on it'),
  ]);
  return [
    table([['SERVICE', '  STATE', 'WANTED', 'RUNNING', 'BUILT'], ...rows]),
    '',
    table([['BASE', 'BUILT', ''], ...bases]),
    '',
    ...notesOf(status).map(note => `note: ${note}`),
    `${status.stack} (${status.digests}): ${counted(status)}`,
    '',
  ].join('\n');
}

function cells({ state, wanted, running, built, notes }: ServiceStatus, now: number): string[] {
  const mark = isTrouble(state) || notes.length > 0 ? '*' : ' ';
  return [
    `${mark} ${state}`,
    described(wanted, now),
    sameDigest(running, wanted) ? ['the same', ...agesOf(running, now)].join(', ') : described(running, now),
    sameDigest(built, running) ? 'the same' : described(built, now),
  ];
}

/** What could not be asked, and what single services say. */
export function notesOf({ services, notes }: StackStatus): string[] {
  return [...services.flatMap(service => service.notes.map(note => `${service.name}: ${note}`)), ...notes];
}

/** `10 same, 1 differs`. */
export function counted({ services }: StackStatus): string {
  const counts = new Map<string, number>();
  for (const { state } of services) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, number]) => `${number} ${state}`).join(', ') || 'no services';
}

/** Whether runs build on what the tag is; `same`: how that is said. */
export function pinOf({ built, pinned }: BaseStatus, same: string): string {
  if (pinned === 'none') return 'no run builds on it';
  if (pinned === 'unknown') return '?';
  return typeof built !== 'string' && built.digest === pinned ? same : `runs build on ${shortDigest(pinned)}`;
}

export function sameDigest(one: Seen, other: Seen): boolean {
  return isSighting(one) && isSighting(other) && one.digest === other.digest;
}

export function isSighting(seen: Seen): seen is Sighting {
  return typeof seen !== 'string';
}

/** In place of a digest. */
export const absence = { none: '–', unknown: '?' };

function described(seen: Seen, now: number): string {
  if (!isSighting(seen)) return absence[seen];
  return [shortDigest(seen.digest), `commit ${seen.commit.slice(0, 12)}`, ...agesOf(seen, now)].join(', ');
}

/** One age, or none where nobody wrote the time down. */
export function agesOf(seen: Seen, now: number): string[] {
  return isSighting(seen) && seen.since !== undefined ? [age(Date.parse(seen.since), now)] : [];
}

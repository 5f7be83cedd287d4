// The graph of a stack's images: upstream → base → service → stack. What it holds, and where each part of it lies.
import { shortDigest } from '../../images/digest.ts';
import { isSighting, pinOf } from './report.ts';
import { isTrouble } from './state.ts';
import type { BaseStatus, Seen, ServiceStatus, StackStatus } from './status.ts';

/** A box with two lines. `full`: what it stands for, in whole. */
export interface Box {
  name: string;
  detail: string;
  full: string;
  trouble: boolean;
  x: number;
  y: number;
  width: number;
}

/** A line from the right side of one place to the left side of another. `old`: the target was built on an older one. */
export interface Line {
  from: Place;
  to: Place;
  old: boolean;
}

export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  width: number;
  height: number;
  boxes: Box[];
  /** Round the services of one base, where they are many: one line leads there in place of one to each. */
  frames: Place[];
  lines: Line[];
}

/** All in px. Characters are those of a monospaced font of 12 px. */
export const BOX_HEIGHT = 40;
const CHARACTER = 7.3;
const PADDING = 10;
const ROW = BOX_HEIGHT + 10;
const GAP = 18;
const BETWEEN = 90;
const MARGIN = 12;
/** More services than that are framed and laid in several columns. */
const MOST_LINES = 24;
const ROWS = 12;
const MOST_COLUMNS = 6;
const LONGEST = 34;

/** Lays the graph out from left to right, in four steps: each base lies beside the middle of its services. */
export function layOut(status: StackStatus): Layout {
  const bases = status.bases.map(base => ({
    base,
    services: status.services.filter(service => service.base === base.tag),
  }));
  const upstreams = [...new Set(status.bases.flatMap(base => base.upstreams.map(({ reference }) => reference)))];
  const framed = status.services.length > MOST_LINES;

  const upstreamWidth = widthOf(upstreams.map(shortened));
  const baseWidth = widthOf(status.bases.flatMap(base => [nameOfBase(base), baseDetail(base)]));
  const serviceWidth = widthOf(status.services.flatMap(service => [shortened(service.name), serviceDetail(service)]));
  const baseX = MARGIN + upstreamWidth + BETWEEN;
  const serviceX = baseX + baseWidth + BETWEEN;

  // The services, group under group; each group's place is where lines lead to.
  let y = MARGIN;
  let right = serviceX;
  const boxes: Box[] = [];
  const groups = bases.map(({ base, services }) => {
    const columns = framed ? Math.min(MOST_COLUMNS, Math.max(1, Math.ceil(services.length / ROWS))) : 1;
    const rows = Math.ceil(services.length / columns);
    const inner = framed ? PADDING : 0;
    const cells = services.map((service, i) => ({
      ...serviceBox(service),
      x: serviceX + inner + Math.floor(i / Math.max(rows, 1)) * (serviceWidth + PADDING),
      y: y + inner + (i % Math.max(rows, 1)) * ROW,
      width: serviceWidth,
    }));
    const place = {
      ...{ x: serviceX, y, width: columns * (serviceWidth + PADDING) - PADDING + 2 * inner },
      height: Math.max(rows * ROW - (ROW - BOX_HEIGHT), BOX_HEIGHT) + 2 * inner,
    };
    boxes.push(...cells);
    y += place.height + GAP;
    right = Math.max(right, place.x + place.width);
    return { base, services, cells, place };
  });

  const baseYs = spread(groups.map(({ place }) => middle(place)));
  const baseBoxes = groups.map(({ base }, i) => ({
    ...{ name: nameOfBase(base), detail: baseDetail(base), full: fullOfBase(base), trouble: pinsOther(base) },
    ...{ x: baseX, y: baseYs[i]!, width: baseWidth },
  }));
  const users = upstreams.map(reference => usersOf(reference, status.bases));
  const upstreamYs = spread(users.map(used => mean(used.map(i => baseYs[i]! + BOX_HEIGHT / 2))));
  const upstreamBoxes = upstreams.map((reference, i) => ({
    ...upstreamBox(reference, status.bases),
    ...{ x: MARGIN, y: upstreamYs[i]!, width: upstreamWidth },
  }));
  const stackX = right + BETWEEN;
  const stackName = shortened(status.stack);
  const stackWidth = widthOf([stackName, stackDetail(status)]);
  const stackBox = {
    ...{ name: stackName, detail: stackDetail(status), full: `stack ${status.stack} of ${status.system}` },
    ...{ trouble: status.services.some(({ state }) => isTrouble(state)) },
    ...{ x: stackX, y: Math.max(MARGIN, (y - GAP + MARGIN) / 2 - BOX_HEIGHT / 2), width: stackWidth },
  };

  const lines: Line[] = [
    ...users.flatMap((used, i) =>
      used.map(base => ({ from: placeOf(upstreamBoxes[i]!), to: placeOf(baseBoxes[base]!), old: false })),
    ),
    ...groups.flatMap(({ base, services, cells, place }, i) => {
      if (services.length === 0) return [];
      const from = placeOf(baseBoxes[i]!);
      const to = placeOf(stackBox);
      if (framed) {
        const old = services.some(service => isOld(service, base));
        return [
          { from, to: place, old },
          { from: place, to, old: false },
        ];
      }
      return cells.flatMap((cell, n) => [
        { from, to: placeOf(cell), old: isOld(services[n]!, base) },
        { from: placeOf(cell), to, old: false },
      ]);
    }),
  ];
  const all = [...upstreamBoxes, ...baseBoxes, ...boxes, stackBox];
  return {
    width: Math.ceil(stackX + stackWidth + MARGIN),
    height: Math.ceil(Math.max(y - GAP, ...all.map(box => box.y + BOX_HEIGHT)) + MARGIN),
    boxes: all,
    frames: framed ? groups.filter(({ services }) => services.length > 0).map(({ place }) => place) : [],
    lines,
  };
}

/** Tops of boxes as near to the wanted middles as can be, none over another, in the order of the middles. */
export function spread(middles: readonly number[]): number[] {
  const order = middles.map((_, i) => i).sort((a, b) => middles[a]! - middles[b]! || a - b);
  const tops: number[] = new Array(middles.length);
  let free = MARGIN;
  for (const i of order) {
    tops[i] = Math.max(free, middles[i]! - BOX_HEIGHT / 2);
    free = tops[i]! + ROW;
  }
  return tops;
}

function placeOf({ x, y, width }: Box): Place {
  return { x, y, width, height: BOX_HEIGHT };
}

function middle({ y, height }: Place): number {
  return y + height / 2;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
}

function widthOf(texts: readonly string[]): number {
  return Math.ceil(Math.max(8, ...texts.map(text => text.length)) * CHARACTER + 2 * PADDING);
}

function shortened(text: string): string {
  return text.length > LONGEST ? `…${text.slice(-(LONGEST - 1))}` : text;
}

function usersOf(reference: string, bases: readonly BaseStatus[]): number[] {
  return bases.flatMap(({ upstreams }, i) => (upstreams.some(one => one.reference === reference) ? [i] : []));
}

function upstreamBox(reference: string, bases: readonly BaseStatus[]): Omit<Box, 'x' | 'y' | 'width'> {
  const digest = bases.flatMap(({ upstreams }) => upstreams).find(one => one.reference === reference)!.digest;
  const detail = digest === 'unknown' ? 'not pinned' : shortDigest(digest);
  const full = digest === 'unknown' ? `${reference}, not pinned by the lock` : `${reference}@${digest}`;
  return { name: shortened(reference), detail, full, trouble: digest === 'unknown' };
}

function nameOfBase({ repository, tag }: BaseStatus): string {
  return shortened(`${repository}:${tag}`);
}

function baseDetail(base: BaseStatus): string {
  if (!isSighting(base.built)) return base.built === 'none' ? 'not built' : 'not known';
  return pinsOther(base) ? `${shortDigest(base.built.digest)} differs` : shortDigest(base.built.digest);
}

function pinsOther({ built, pinned }: BaseStatus): boolean {
  if (!isSighting(built)) return true;
  return pinned !== 'none' && pinned !== 'unknown' && pinned !== built.digest;
}

function fullOfBase(base: BaseStatus): string {
  const { repository, tag, built } = base;
  return `${repository}:${tag} ${fullOf(built)}; ${pinOf(base, 'runs build on it')}`;
}

function serviceBox(service: ServiceStatus): Omit<Box, 'x' | 'y' | 'width'> {
  const { name, image, wanted, running, built, builtOn, state, notes } = service;
  const full = [
    `${image}: ${state}`,
    `wanted ${fullOf(wanted)}`,
    `running ${fullOf(running)}`,
    `built ${fullOf(built)}`,
    ...(builtOn ? [`built on ${builtOn}`] : []),
    ...notes,
  ].join('\n');
  return {
    ...{ name: shortened(name), detail: serviceDetail(service), full },
    trouble: isTrouble(state) || notes.length > 0,
  };
}

function serviceDetail({ running, state }: ServiceStatus): string {
  return isSighting(running) ? `${shortDigest(running.digest)} ${state}` : state;
}

function stackDetail({ services }: StackStatus): string {
  const troubled = services.filter(({ state }) => isTrouble(state)).length;
  return troubled === 0 ? `${services.length} services` : `${troubled} of ${services.length} to look at`;
}

function fullOf(seen: Seen): string {
  if (!isSighting(seen)) return seen === 'none' ? 'nothing' : 'not known';
  return `${seen.digest}, commit ${seen.commit}`;
}

function isOld({ builtOn }: ServiceStatus, { pinned }: BaseStatus): boolean {
  return builtOn !== undefined && pinned !== 'none' && pinned !== 'unknown' && builtOn !== pinned;
}

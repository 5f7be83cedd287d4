// How long ago, at a glance.

const units = [
  { name: 'd', milliseconds: 86_400_000 },
  { name: 'h', milliseconds: 3_600_000 },
  { name: 'min', milliseconds: 60_000 },
  { name: 's', milliseconds: 1000 },
];

/** `3 d`, `5 h`, `12 min`, `0 s`: from one time to another, in the largest unit that fits, cut off. */
export function age(from: number, to: number): string {
  const passed = Math.max(0, to - from);
  const unit = units.find(({ milliseconds }) => passed >= milliseconds) ?? units.at(-1)!;
  return `${Math.floor(passed / unit.milliseconds)} ${unit.name}`;
}

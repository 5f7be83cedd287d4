// What messages write in the same way, wherever they come from.

const SHOWN = 5;

/** Faults as one line: the first few, and how many more there are. */
export function printFaults(faults: readonly string[]): string {
  const more = faults.length > SHOWN ? ` | and ${faults.length - SHOWN} more` : '';
  return `${faults.slice(0, SHOWN).join(' | ')}${more}`;
}

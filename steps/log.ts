// What a person reads with `kubectl logs`: one line an event, with UTC time and the name of the part that speaks.

/** Writes one event; a text of several lines becomes several lines, each with its own time and name. */
export type Log = (text: string) => void;

/** A log under `name`; `write` gets whole lines with their line end. */
export function makeLog(name: string, write: (line: string) => void = toStdout, now = () => new Date()): Log {
  return text => {
    for (const line of text.split('\n')) write(`${now().toISOString()} ${name} ${line}`.trimEnd().concat('\n'));
  };
}

function toStdout(line: string): void {
  process.stdout.write(line);
}

/** Seconds since `start` (of Date.now()), with one decimal. */
export function seconds(start: number): string {
  return `${((Date.now() - start) / 1000).toFixed(1)} s`;
}

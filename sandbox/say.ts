// A task's line of progress: as it comes on a terminal, now and then in a log.

/** Milliseconds between two lines of one task in a log. */
const pause = 10_000;

export function sayer(task: { output: string }): (line: string) => void {
  let last = 0;
  return line => {
    if (!line) return;
    if (!process.stdout.isTTY && Date.now() - last < pause) return;
    last = Date.now();
    task.output = line;
  };
}

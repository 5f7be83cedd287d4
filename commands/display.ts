// How far several things are, a line each: on a terminal a block that is written over, elsewhere a line for each change.

/** Where lines go; a terminal is written over. */
export interface Screen {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export interface Display {
  /** How far all are, in the order of the first call. */
  show(lines: readonly string[]): void;
  /** All lines for good, whole. */
  end(lines: readonly string[]): void;
}

export function makeDisplay(screen: Screen): Display {
  let shown: readonly string[] = [];
  const clear = () => screen.isTTY && shown.length > 0 && screen.write(`\u001b[${shown.length}A\u001b[J`);
  return {
    show(lines) {
      const changed = lines.filter((line, i) => line !== shown[i]);
      if (changed.length === 0) return;
      clear();
      const width = screen.columns ?? 80;
      for (const line of screen.isTTY ? lines : changed) {
        screen.write(`${screen.isTTY && line.length > width ? `${line.slice(0, width - 1)}…` : line}\n`);
      }
      shown = lines;
    },
    end(lines) {
      clear();
      screen.write(`${screen.isTTY ? '' : '\n'}${lines.join('\n')}\n`);
    },
  };
}

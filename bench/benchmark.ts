// What a benchmark is, and what it finds.

/** One thing that was measured several times. */
export interface Series {
  what: string;
  /** `s`, `GB`, … */
  unit: string;
  /** In the order of the runs. */
  values: number[];
}

/** A promise of the project about a number, and whether it held. */
export interface Figure {
  what: string;
  target: string;
  found: string;
  held: boolean;
}

export interface Table {
  title: string;
  /** The first row is the head. */
  rows: string[][];
}

export interface Findings {
  series: Series[];
  tables?: Table[];
  /** What a reader must know to judge the numbers: what was cached, what was not tried. */
  notes?: string[];
}

export interface RunOptions {
  /** How often each thing is measured. */
  runs: number;
  /** Told what is being done. */
  say: (line: string) => void;
}

export interface Benchmark {
  title: string;
  /** One sentence: what is measured, and beside what. */
  about: string;
  /** What must be there first, as a phrase; absent: nothing but the project's packages. */
  needs?: string;
  /** Runs where `--runs` says nothing. */
  runs: number;
  measure(options: RunOptions): Promise<Findings>;
  /** The figures that were promised, from the series in the order in which `measure` gives them. */
  judge(series: readonly Series[]): Figure[];
}

/** Compares the medians' ratio, or a median, with what was promised. */
export function atMost(what: string, value: number, limit: number, unit: string): Figure {
  return { what, target: `at most ${number(limit)} ${unit}`, found: `${number(value)} ${unit}`, held: value <= limit };
}

export function atLeast(what: string, value: number, limit: number, unit: string): Figure {
  return { what, target: `at least ${number(limit)} ${unit}`, found: `${number(value)} ${unit}`, held: value >= limit };
}

/** Two digits after the point below 10, one below 100. */
export function number(value: number): string {
  return value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);
}

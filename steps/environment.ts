// Reads a step's environment and gathers every fault before anything runs: a user mends all of them in one go.
import type { Check } from './checks.ts';
import { StepFailure } from './failure.ts';

/** What is wrong with one value; `name` as the user knows it (a parameter, or an environment variable of the step). */
export interface Fault {
  name: string;
  found: string;
  allowed: string;
}

/** Every fault of a step's parameters at once. */
export class ParameterFailure extends StepFailure {
  readonly faults: Fault[];

  constructor(faults: Fault[]) {
    const list = faults.map(({ name, found, allowed }) => `${name}: found ${found}; allowed: ${allowed}`);
    super(
      `${faults.length === 1 ? 'a parameter is' : `${faults.length} parameters are`} not valid: ${list.join(' | ')}`,
      list,
    );
    this.faults = faults;
  }
}

/** Reads values one after the other; `done` throws all that was wrong. */
export class Environment {
  readonly faults: Fault[] = [];
  readonly #env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  /** A parameter of the pipeline, by the pipeline's name for it (`repo-url` is PARAM_REPO_URL). Blank is `fallback`. */
  param(name: string, check: Check, fallback?: string): string {
    return this.#read(name, `PARAM_${name.toUpperCase().replaceAll('-', '_')}`, check, fallback);
  }

  /** What the pipeline's component sets, by the variable's own name. */
  variable(name: string, check: Check, fallback?: string): string {
    return this.#read(name, name, check, fallback);
  }

  /** Whether the component sets this variable at all. */
  has(name: string): boolean {
    return Boolean(this.#env[name]);
  }

  /** What `parse` makes of a variable; its error becomes a fault. `fallback` stands for the text of an unset variable. */
  parsed<T>(name: string, parse: (text: string) => T, allowed: string, fallback?: string): T {
    const text = this.#env[name] || fallback;
    try {
      if (text === undefined) throw new Error('nothing');
      return parse(text);
    } catch (error) {
      // JSON forms may carry credentials: what was found is described, not shown.
      this.fault(name, text === undefined ? 'nothing' : (error as Error).message, allowed);
      return undefined as T;
    }
  }

  fault(name: string, found: string, allowed: string): void {
    this.faults.push({ name, found, allowed });
  }

  /** Throws a ParameterFailure with every fault so far. */
  done(): void {
    if (this.faults.length > 0) throw new ParameterFailure(this.faults);
  }

  #read(name: string, key: string, check: Check, fallback?: string): string {
    const found = this.#env[key]?.trim() || fallback;
    const allowed = found === undefined ? check('') : found === fallback ? undefined : check(found);
    if (found === undefined || allowed !== undefined) this.fault(name, shown(found), allowed ?? 'a value');
    return found ?? '';
  }
}

function shown(value: string | undefined): string {
  if (value === undefined) return 'nothing';
  const safe = value.replace(/\/\/[^/@]*@/, '//***@');
  return JSON.stringify(safe.length > 120 ? `${safe.slice(0, 120)}…` : safe);
}

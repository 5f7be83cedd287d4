// A failure that a person can act on. Whatever else is thrown is a fault of the step itself and keeps its stack trace.
import { oneLine } from '../cluster/one-line.ts';

/** One readable line (`message`), and further lines that only belong into the log (`details`). */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly details: string[];

  constructor(message: string, details: string[] = [], options?: ErrorOptions) {
    super(oneLine(message), options);
    this.details = details;
  }
}

// A failure that a person can act on. Whatever else is thrown is a fault of the step itself and keeps its stack trace.

/** One readable line (`message`), and further lines that only belong into the log (`details`). */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly details: string[];

  constructor(message: string, details: string[] = [], options?: ErrorOptions) {
    super(oneLine(message), options);
    this.details = details;
  }
}

/** `text` with all white space, line ends included, turned into single spaces. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The message of whatever was thrown, as one line. */
export function messageOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}

// How the engine marks values on the wire: an object with a signature stands for a secret or an output around a value.
const signature = '4dabf18193072939515e22adb298388d';
const secret = '1b47061264138c4ac30d75fd1eb44270';
const output = 'd0e6a833031e9bbcd3f4e8bde6ca49a4';

type Marked = Record<string, unknown>;

function isMarked(value: unknown): value is Marked {
  const mark = typeof value === 'object' && value !== null ? (value as Marked)[signature] : undefined;
  return mark === secret || mark === output;
}

/** The value without any mark, at any depth. */
export function plain(value: unknown): unknown {
  if (isMarked(value)) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

/** Whether a secret is anywhere in the value. */
export function holdsSecret(value: unknown): boolean {
  if (isMarked(value)) return value[signature] === secret || value.secret === true || holdsSecret(value.value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsSecret);
}

/** Marks a text as a secret, so that the engine encrypts it in the state and hides it on the screen. */
export function asSecret(value: string): Marked {
  return { [signature]: secret, value };
}

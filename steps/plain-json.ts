// Before a JSON text from outside is parsed: is it an object of a size that its parts may have? A few megabytes of
// brackets and commas become gigabytes of values, and the process would end.

/** Far more than a push of 25 MB has. */
const MOST_VALUES = 4_000_000;
const DEEPEST = 64;

/** Whether the text begins as an object, and is neither deeper nor of more parts than the limits. Not whether it is JSON. */
export function isPlain(text: Uint8Array, most = MOST_VALUES, deepest = DEEPEST): boolean {
  let depth = 0;
  let values = 0;
  let quoted = false;
  let first: number | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quoted) {
      if (char === 0x5c) i += 1;
      else if (char === 0x22) quoted = false;
      continue;
    }
    if (first === undefined && char > 0x20) first = char;
    if (char === 0x22) quoted = true;
    else if (char === 0x2c) values += 1;
    else if (char === 0x7b || char === 0x5b) {
      values += 1;
      depth += 1;
    } else if (char === 0x7d || char === 0x5d) depth -= 1;
    if (depth > deepest || values > most) return false;
  }
  return first === 0x7b;
}

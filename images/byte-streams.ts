// Bytes on their way from one registry to another: checked as they pass, and given up when they stand still.
import { createHash } from 'node:crypto';
import type { Digest } from './digest.ts';

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * `body`, checked: it must have the size and the digest of `wanted`. Its last piece comes after the check only, so that
 * nobody ever has the whole of what is wrong. `wrong` makes the error of what came instead.
 */
export async function* verified(
  body: Bytes,
  wanted: { digest: Digest; size: number },
  wrong: (found: string) => Error,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  let held: Uint8Array | undefined;
  for await (const piece of body) {
    // It would be the last piece, and let all bytes before it go.
    if (piece.byteLength === 0) continue;
    size += piece.byteLength;
    if (size > wanted.size) throw wrong(`more than its ${wanted.size} bytes came`);
    hash.update(piece);
    if (held) yield held;
    held = piece;
  }
  if (size < wanted.size) throw wrong(`${size} of its ${wanted.size} bytes came`);
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== wanted.digest) throw wrong(`the bytes that came are ${found}`);
  if (held) yield held;
}

/**
 * `body`, which `stop` ends once its next piece does not come within `milliseconds`, and once its reader leaves.
 * `broken` makes the error of a fault.
 */
export async function* unstalled(
  body: Bytes,
  milliseconds: number,
  stop: AbortController,
  broken: (fault: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  const wait = () => setTimeout(() => stop.abort(stalled(milliseconds)), milliseconds);
  let timer = wait();
  try {
    for await (const piece of body) {
      clearTimeout(timer);
      yield piece;
      timer = wait();
    }
  } catch (fault) {
    throw broken(stop.signal.aborted ? stop.signal.reason : fault);
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

/** The bytes of one upload. */
export interface Paced {
  body: AsyncIterable<Uint8Array>;
  /** What the bytes' own source threw, if it did. */
  fault(): unknown;
  /** To be called when the upload has come to its end, however it has: nothing is read any more. */
  end(): void;
}

/**
 * `body` for an upload that `stop` ends once its receiver takes nothing for `milliseconds`, the answer after the last
 * piece included.
 */
export function paced(body: Bytes, milliseconds: number, stop: AbortController): Paced {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  let thrown: unknown;
  const wait = () => {
    if (!ended) timer = setTimeout(() => stop.abort(stalled(milliseconds)), milliseconds);
  };
  async function* pieces(): AsyncGenerator<Uint8Array> {
    clearTimeout(timer);
    try {
      for await (const piece of body) {
        wait();
        yield piece;
        // While the next piece is awaited it is not the receiver that is slow.
        clearTimeout(timer);
      }
    } catch (fault) {
      thrown = fault;
      throw fault;
    }
    wait();
  }
  const sending = pieces();
  wait();
  const end = () => {
    ended = true;
    clearTimeout(timer);
    // An answer may come before the last piece, and whoever sends them would wait for their receiver for ever.
    sending.return(undefined).catch(() => undefined);
  };
  return { body: sending, fault: () => thrown, end };
}

function stalled(milliseconds: number): DOMException {
  return new DOMException(`nothing moved for ${milliseconds / 1000} s`, 'TimeoutError');
}

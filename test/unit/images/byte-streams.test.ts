import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { paced, unstalled, verified } from '../../../images/byte-streams.ts';
import { digestOf } from '../../../images/digest.ts';

const pieces = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 });
const wrong = (found: string) => new Error(found);

async function read(body: AsyncIterable<Uint8Array>): Promise<{ bytes: Buffer; fault?: Error }> {
  const got: Uint8Array[] = [];
  try {
    for await (const piece of body) got.push(piece);
    return { bytes: Buffer.concat(got) };
  } catch (error) {
    return { bytes: Buffer.concat(got), fault: error as Error };
  }
}

test('bytes that are the right ones pass, in whatever pieces they come', () =>
  fc.assert(
    fc.asyncProperty(pieces, async parts => {
      const bytes = Buffer.concat(parts);
      const wanted = { digest: digestOf(bytes), size: bytes.length };
      assert.deepEqual(await read(verified(parts, wanted, wrong)), { bytes });
    }),
  ));

test('of bytes that are not the right ones nobody ever has as many as were asked for', () =>
  fc.assert(
    fc.asyncProperty(pieces, pieces, async (asked, came) => {
      const [right, other] = [Buffer.concat(asked), Buffer.concat(came)];
      fc.pre(!right.equals(other));
      const wanted = { digest: digestOf(right), size: right.length };
      const { bytes, fault } = await read(verified(came, wanted, wrong));
      assert.match(
        fault!.message,
        /^(more than its \d+ bytes came|\d+ of its \d+ bytes came|the bytes that came are sha256:\w+)$/,
      );
      assert.ok(bytes.length < right.length || right.length === 0);
    }),
  ));

test('a reader that leaves ends the source, and a source that stands still is ended', async () => {
  const never = async function* () {
    yield Buffer.from('a');
    yield await new Promise<Buffer>((_, reject) =>
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason)),
    );
  };
  let stop = new AbortController();
  for await (const _ of unstalled(never(), 1000, stop, error => error as Error)) break;
  assert.ok(stop.signal.aborted);

  stop = new AbortController();
  const { bytes, fault } = await read(
    unstalled(never(), 20, stop, error => new Error(`broken: ${(error as Error).message}`)),
  );
  assert.deepEqual([bytes.toString(), fault!.message], ['a', 'broken: nothing moved for 0.02 s']);
});

test('a receiver that takes nothing is ended; one that waits for a slow source is not', async () => {
  let stop = new AbortController();
  const idle = paced([Buffer.from('a')], 20, stop);
  await new Promise(resolve => setTimeout(resolve, 60));
  assert.ok(stop.signal.aborted);
  idle.end();

  stop = new AbortController();
  const slow = async function* () {
    await new Promise(resolve => setTimeout(resolve, 60));
    yield Buffer.from('a');
  };
  const sending = paced(slow(), 20, stop);
  assert.equal((await read(sending.body)).bytes.toString(), 'a');
  sending.end();
  assert.ok(!stop.signal.aborted);
});

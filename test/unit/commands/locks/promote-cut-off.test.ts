// A promotion that is cut off at any of its requests, and run again.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { promote } from '../../../../commands/locks/promote.ts';
import type { FakeRegistry } from '../../images/fake-registry.ts';
import { PINNING, SERVICES, TwoStacks } from '../support/stacks.ts';

const run = async (stacks: TwoStacks) =>
  promote(await stacks.open('dev'), await stacks.open('staging'), {
    services: [],
    pinning: PINNING,
    dryRun: false,
    deployments: () => Promise.reject(new Error('no cluster is asked here')),
    say: () => {},
  });

/** `services` live on dev, on one layer, with a signature on the first. */
const publish = (stacks: TwoStacks, services: readonly string[]) => stacks.publishLive(services, Buffer.from('base'));

/** What the lock names and the registry does not have, all of it. */
const namedAndMissing = (stacks: TwoStacks) =>
  Object.entries(stacks.pinned('staging')).flatMap(([repository, digest]) =>
    stacks.registries.staging.missing(repository, digest),
  );

/** From request `from` on (to either registry), `many` are broken off unanswered. */
function cut(registries: FakeRegistry[], from: number, many = Number.POSITIVE_INFINITY): { count: number } {
  const seen = { count: 0 };
  for (const registry of registries) {
    registry.misbehave = request => {
      seen.count += 1;
      if (seen.count < from || seen.count >= from + many) return false;
      request.socket.destroy();
      return true;
    };
  }
  return seen;
}

for (const [how, many, services, step] of [
  ['from then on nothing answers', Number.POSITIVE_INFINITY, SERVICES.slice(0, 1), 1],
  ['one request is lost', 1, SERVICES.slice(0, 1), 1],
  ['two services, from then on nothing answers', Number.POSITIVE_INFINITY, SERVICES, 9],
] as const) {
  test(`cut off at any request (${how}), the lock names nothing that is not there; run again, it is right`, async t => {
    const clean = await TwoStacks.start(t);
    publish(clean, services);
    const all = cut(Object.values(clean.registries), Number.POSITIVE_INFINITY);
    await run(clean);
    assert.ok(all.count > 30, `${all.count} requests`);

    for (let n = 1; n <= all.count; n += step) {
      const stacks = await TwoStacks.start(t);
      const before = stacks.lockText('staging');
      const digests = publish(stacks, services);
      cut(Object.values(stacks.registries), n, many);
      const failed = await run(stacks).then(
        () => undefined,
        error => error as Error,
      );
      if (failed) {
        assert.ok(!failed.message.includes('TypeError'), failed.message);
        assert.equal(stacks.lockText('staging'), before, `cut at ${n}`);
      } else assert.equal(many, 1, `cut at ${n}: it can't have ended well`);
      assert.ok(!existsSync(`${stacks.lockFile('staging')}.partial`));
      assert.deepEqual(namedAndMissing(stacks), [], `cut at ${n}`);

      for (const registry of Object.values(stacks.registries)) registry.misbehave = () => false;
      await run(stacks);
      assert.deepEqual(stacks.pinned('staging'), digests, `run again after a cut at ${n}`);
      assert.deepEqual(namedAndMissing(stacks), [], `run again after a cut at ${n}`);
      for (const registry of Object.values(stacks.registries)) registry.stop();
    }
  });
}

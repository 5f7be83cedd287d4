// npm stop and npm start: nothing of the machine is left changed, and nothing of the state is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareStates, type MachineState } from '../machine-state.ts';
import type { Fixture } from '../support/fixture.ts';
import { machineNow } from '../support/machine.ts';
import { answer, deployedImage } from '../support/service.ts';

export function restart(fixture: () => Fixture, before: () => MachineState): void {
  let served: { image: string; answer: string };

  test('npm stop leaves the machine as it was before the first start (P7)', async () => {
    const f = fixture();
    served = { image: await deployedImage(f), answer: await answer(f) };
    const stop = await f.npm(['stop']);
    assert.equal(stop.status, 0, stop.output);
    // Whatever the kernel is still ending was killed with its parent; it is given the time that this takes.
    const end = Date.now() + 3000;
    while (compareStates(before(), await machineNow(f)).length > 0 && Date.now() < end) await sleep(200);
    assert.deepEqual(compareStates(before(), await machineNow(f)), []);
  });

  test('npm start goes on from the kept state: the same digest serves (P7)', async () => {
    const f = fixture();
    const start = await f.npm(['start']);
    assert.equal(start.status, 0, start.output);
    assert.match(start.output, /ai-services\s+sha256:/);
    assert.deepEqual({ image: await deployedImage(f), answer: await answer(f) }, served);
  });
}

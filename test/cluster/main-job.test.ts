// The main job, end to end, on one sandbox: the scenarios build on each other, so they run in this order.
import { after, before, describe } from 'node:test';
import type { MachineState } from './machine-state.ts';
import { admission } from './scenarios/admission.ts';
import { badWebhooks } from './scenarios/bad-webhooks.ts';
import { baseChange } from './scenarios/base-change.ts';
import { bases } from './scenarios/bases.ts';
import { destroy, forget } from './scenarios/destroy.ts';
import { diskFull } from './scenarios/disk-full.ts';
import { firstPush } from './scenarios/first-push.ts';
import { interrupted } from './scenarios/interrupted.ts';
import { killed } from './scenarios/killed.ts';
import { manualRun } from './scenarios/manual-run.ts';
import { noChange } from './scenarios/no-change.ts';
import { order } from './scenarios/order.ts';
import { pushes } from './scenarios/pushes.ts';
import { restart } from './scenarios/restart.ts';
import { threeForms } from './scenarios/three-forms.ts';
import { unchanged } from './scenarios/unchanged.ts';
import { unhealthy } from './scenarios/unhealthy.ts';
import { webhooks } from './scenarios/webhooks.ts';
import { type Fixture, makeFixture, removeFixture } from './support/fixture.ts';
import { machineNow } from './support/machine.ts';

describe('the main job', () => {
  let fixture: Fixture;
  let machine: MachineState;
  before(async () => {
    fixture = await makeFixture();
    machine = await machineNow(fixture);
  });
  after(() => removeFixture(fixture));

  const given = () => fixture;
  interrupted(given, () => machine);
  firstPush(given);
  manualRun(given);
  threeForms(given);
  unchanged(given);
  webhooks(given);
  order(given);
  pushes(given);
  badWebhooks(given);
  bases(given);
  baseChange(given);
  killed(given);
  diskFull(given);
  unhealthy(given);
  admission(given);
  noChange(given);
  restart(given, () => machine);
  noChange(given);
  destroy(given);
  forget(given);
});

// Three systems on one sandbox: Cerebral stands, CyberMesh and AI-stack come, change, fail, go back, are promoted to their other
// environments, and go away beside it.
import { after, before, describe } from 'node:test';
import { aiStack, aiStackChanges, aiStackGoes } from '../cluster/scenarios/ai-stack.ts';
import { aiStackEnvironments } from '../cluster/scenarios/ai-stack-environments.ts';
import { cybermesh, cybermeshChanges, cybermeshGoes } from '../cluster/scenarios/cybermesh.ts';
import { cybermeshImages } from '../cluster/scenarios/cybermesh-images.ts';
import { cybermeshProduction } from '../cluster/scenarios/cybermesh-production.ts';
import { destroy, forget } from '../cluster/scenarios/destroy.ts';
import { doctorOfAiStack, doctorOfCybermesh } from '../cluster/scenarios/doctor-systems.ts';
import { entrypoint } from '../cluster/scenarios/entrypoint.ts';
import { firstPush } from '../cluster/scenarios/first-push.ts';
import { localBuild } from '../cluster/scenarios/local-build.ts';
import { noChange } from '../cluster/scenarios/no-change.ts';
import { collects, prunes } from '../cluster/scenarios/prune.ts';
import { type Fixture, makeFixture, removeFixture } from '../cluster/support/fixture.ts';

describe('three systems on one cluster', () => {
  let fixture: Fixture;
  before(async () => {
    fixture = await makeFixture();
  });
  after(() => removeFixture(fixture));

  const given = () => fixture;
  firstPush(given);
  prunes(given);
  collects(given);
  cybermesh(given);
  cybermeshImages(given);
  entrypoint(given);
  doctorOfCybermesh(given);
  const production = cybermeshProduction(given);
  production.begins();
  cybermeshChanges(given);
  production.goesOn();
  aiStack(given);
  doctorOfAiStack(given);
  cybermeshGoes(given);
  const environments = aiStackEnvironments(given);
  environments.begins();
  aiStackChanges(given);
  environments.goesOn();
  localBuild(given, f => `https://127.0.0.1:${f.config.ports.aiStack}`);
  aiStackGoes(given);
  noChange(given);
  destroy(given);
  forget(given);
});

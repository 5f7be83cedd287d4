// kill -9 of each part at each stage.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { edit } from '../../sandbox/first-push/repository.ts';
import { endOfRun, type PipelineRun, reason, runOfCommit, succeeded } from '../../sandbox/first-push/runs.ts';
import { type Act, beginUp } from '../cluster/support/act.ts';
import { type Change, daemons, withChange } from '../cluster/support/checkout.ts';
import type { Fixture } from '../cluster/support/fixture.ts';
import { rolling, uploading } from '../cluster/support/moments.ts';
import { appears, killEngine, killInSandbox, killSupervisor, parts } from '../cluster/support/processes.ts';
import { assertRecovers, assertServed, pushVersion } from '../cluster/support/recovered.ts';
import { clone, endOfPush, service } from '../cluster/support/service.ts';
import type { FaultCase } from './faults.ts';

type Kill = (fixture: Fixture) => number;
/** Looks at what there is before the harm; gives what waits for the moment. */
type Moment = (fixture: Fixture) => (() => Promise<unknown>) | Promise<() => Promise<unknown>>;

/** Seconds within which a program whose cluster is gone must have ended by itself. */
const PATIENCE = 240;
let count = 0;
const fresh = () => `${process.pid}-${++count}`;
const chance = (seconds: number) => sleep(Math.random() * seconds * 1000);

/** A base whose requirements were never built before. */
export const newBase = (): Change => ({ file: 'docker/requirements-sandbox.txt', from: /$/, to: `# ${fresh()}\n` });

/** Kills during an `up` of a changed checkout; `span`: seconds within which a random moment lies. */
function inUp(
  name: string,
  what: string,
  kill: Kill,
  options: {
    change: () => Change;
    span: number;
    /** Called before the `up` begins; gives what waits for the moment. */
    moment: (fixture: Fixture) => (act: Act) => Promise<unknown>;
    prepare?: (fixture: Fixture) => Promise<unknown>;
  },
): FaultCase {
  return {
    name,
    what,
    random: true,
    run: (fixture, before, random) =>
      withChange(options.change(), async from => {
        await options.prepare?.(fixture);
        const moment = options.moment(fixture);
        const act = beginUp(fixture, from);
        await (random ? chance(options.span) : moment(act)).catch(async error => {
          await act.ended;
          throw error;
        });
        assert.ok(kill(fixture) > 0 || random, 'there was something to kill');
        const killed = Date.now();
        const ended = await Promise.race([act.ended, sleep(PATIENCE * 1000, undefined, { ref: false })]);
        assert.ok(ended, `the up has not ended within ${PATIENCE} s of the kill`);
        const took = Math.round((Date.now() - killed) / 1000);
        await assertRecovers(fixture, before);
        const version = `after-${name}-${fresh()}`;
        const run = await endOfPush(fixture, await pushVersion(fixture, version));
        assert.equal(succeeded(run), true, reason(run));
        await assertServed(fixture, run, version);
        return `the up ended with ${ended.status} after ${took} s; recovered`;
      }),
  };
}

/** Kills during the run of a push. */
function inRun(
  name: string,
  what: string,
  kill: Kill,
  options: { span: number; moment: Moment; build?: boolean },
): FaultCase {
  return {
    name,
    what,
    random: true,
    run: async (fixture, before, random) => {
      const version = `${name}-${fresh()}`;
      const moment = await options.moment(fixture);
      // A new comment in the requirements makes the build run pip again: it takes long enough to be met.
      if (options.build) {
        await edit(await clone(fixture), `microservices/${service.name}/requirements.txt`, /$/, `# ${fresh()}\n`);
      }
      const commit = await pushVersion(fixture, version);
      const { metadata } = await runOfCommit(fixture.kube, commit, service.image);
      await (random ? chance(options.span) : moment());
      kill(fixture);
      await assertRecovers(fixture, before);
      const run = await endOfRun(fixture.kube, metadata.name, 180);
      await assertServed(fixture, run, version);
      return `the run ${endOf(run)}; recovered`;
    },
  };
}

const endOf = (run: PipelineRun) =>
  succeeded(run) ? 'went on and succeeded' : `failed: “${reason(run).slice(0, 160)}”, and an empty push built it`;

/** The daemon of one platform is gone, so that an `up` has to create it. */
const removeDaemon = (fixture: Fixture) =>
  fixture.kube(['delete', 'deployment', 'buildkitd-arm64', '--namespace', 'slipway-build', '--wait=true']);

const updating = () => (act: Act) => act.says(/buildkit-a\w+64 updating/);
const pip = (fixture: Fixture) => () => appears(fixture, /pip install|prepare-packages/);

const parent = 'the supervisor';
export const killCases: FaultCase[] = [
  inUp('parent-up', `${parent}, in an \`up\` that updates Deployments`, killSupervisor, {
    change: () => daemons,
    span: 12,
    moment: updating,
  }),
  inUp('parent-base', `${parent}, in a base build`, killSupervisor, {
    change: newBase,
    span: 40,
    moment: pip,
  }),
  inUp('parent-push-base', `${parent}, while docker-build pushes`, killSupervisor, {
    change: newBase,
    span: 60,
    moment: uploading,
  }),
  inRun('parent-push-run', `${parent}, while a run pushes`, killSupervisor, {
    span: 10,
    moment: uploading,
  }),
  inRun('parent-rollout', `${parent}, in a rollout`, killSupervisor, { span: 14, moment: rolling }),
  inUp('engine-create', 'the engine, while it creates a Deployment', killEngine, {
    change: () => daemons,
    span: 8,
    prepare: removeDaemon,
    moment: () => act => act.says(/buildkit-arm64 creating/),
  }),
  inUp('engine-update', 'the engine, while it updates Deployments', killEngine, {
    change: () => daemons,
    span: 12,
    moment: updating,
  }),
  inUp('engine-base', 'the engine, in a base build', killEngine, {
    change: newBase,
    span: 40,
    moment: pip,
  }),
  inRun('buildkitd', 'both BuildKit daemons of the cluster, in a build', killPart(parts.buildkitd), {
    build: true,
    span: 10,
    moment: pip,
  }),
  inRun('registry-run', 'the registry, while a run pushes', killPart(parts.registry), {
    span: 10,
    moment: uploading,
  }),
  inUp('registry-base', 'the registry, while docker-build pushes', killPart(parts.registry), {
    change: newBase,
    span: 60,
    moment: uploading,
  }),
  inUp('api-up', 'the API server, in an `up`', killPart(parts.api), {
    change: () => daemons,
    span: 12,
    moment: updating,
  }),
  inRun('api-rollout', 'the API server, in a rollout', killPart(parts.api), { span: 14, moment: rolling }),
  inUp('etcd-up', 'etcd, in an `up`', killPart(parts.etcd), { change: () => daemons, span: 12, moment: updating }),
  inRun('etcd-rollout', 'etcd, in a rollout', killPart(parts.etcd), { span: 14, moment: rolling }),
];

function killPart(what: RegExp): Kill {
  return fixture => killInSandbox(fixture, what);
}

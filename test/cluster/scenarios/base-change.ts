// One change of a base's requirements, one `up`: the base is built for both platforms, and what is built on it follows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitAndPush, edit } from '../../../sandbox/first-push/repository.ts';
import { listRuns, type PipelineRun, param, reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import { basePins, changeBasePin } from '../support/base-pin.ts';
import { withChange, withCopy } from '../support/checkout.ts';
import type { Ended, Fixture } from '../support/fixture.ts';
import { readIndex } from '../support/registry.ts';
import { previewReport } from '../support/report.ts';
import { answer, clone, deployedImage, digestIn, endOfPush, runNames, services } from '../support/service.ts';

/** Pinned by the base; the service that pins it too can't be built on a base with another one. */
const [pin, other] = basePins;
const stubborn = 'data-services';
const requirements = `microservices/${stubborn}/requirements.txt`;

/** Works in a second checkout whose base has the other pin. */
async function withChangedBase(
  f: Fixture,
  act: (pulumi: (...args: string[]) => Promise<Ended>, folder: string) => Promise<void>,
) {
  await withCopy(async folder => {
    await changeBasePin(folder, pin, other);
    await act((...args) => f.npm(['run', '--silent', 'pulumi', '--', ...args, '--color', 'never'], folder), folder);
  });
}

const digestsOf = async (f: Fixture) =>
  Object.fromEntries(await Promise.all(services.map(async name => [name, digestIn(await deployedImage(f, name))])));

const newRuns = async (f: Fixture, before: ReadonlySet<string>): Promise<PipelineRun[]> =>
  (await listRuns(f.kube)).filter(run => !before.has(run.metadata.name));

const servicesOf = (runs: PipelineRun[]) => runs.map(run => param(run, 'deployment-name')).sort();

export function baseChange(fixture: () => Fixture): void {
  test('a new pin in a base: preview names it and what follows; up rolls out what still builds, and a second up the rest (C12)', async () => {
    const f = fixture();
    const sources = await clone(f);
    await edit(sources, requirements, /$/, `${pin.line}\n`);
    const pinned = await endOfPush(f, await commitAndPush(sources, 'Pin what the base has'), stubborn);
    assert.equal(succeeded(pinned), true, reason(pinned));
    const base = await readIndex(f, 'cerebral/ai-base', 'cpu');
    const before = await digestsOf(f);

    await withChangedBase(f, async (pulumi, folder) => {
      const report = await previewReport(f, folder);
      assert.match(report, /^local: 1 image is rebuilt/);
      assert.match(
        report,
        /\n {2}cerebral\/ai-base:cpu\n(?: {4}.*\n)* {4}docker\/requirements-sandbox\.txt changed\n(?: {4}.*\n)* {4}then built on it: /,
      );
      for (const name of services) assert.match(report, new RegExp(`then built on it: .*\\b${name}\\b`));

      let runs = await runNames(f);
      const first = await pulumi('up', '--yes', '--skip-preview');
      assert.notEqual(first.status, 0, first.output);
      assert.match(first.output, new RegExp(`${stubborn}:main: run \\S+ failed: .*pulumi up`));
      assert.deepEqual(servicesOf(await newRuns(f, runs)), [...services].sort());
      const changed = await readIndex(f, 'cerebral/ai-base', 'cpu');
      assert.notEqual(changed.digest, base.digest);
      assert.deepEqual(Object.keys(changed.platforms).sort(), ['linux/amd64', 'linux/arm64']);
      const after = await digestsOf(f);
      for (const name of services) {
        if (name === stubborn) assert.equal(after[name], before[name], 'it keeps the digest that works');
        else assert.notEqual(after[name], before[name], `${name} is on the new base`);
        assert.match(await answer(f, '/health', name), /ok/);
      }

      await edit(sources, requirements, `${pin.line}\n`, '');
      const mended = await endOfPush(f, await commitAndPush(sources, 'Take what the base has'), stubborn);
      assert.equal(succeeded(mended), true, reason(mended));
      runs = await runNames(f);
      const second = await pulumi('up', '--yes', '--skip-preview');
      assert.equal(second.status, 0, second.output);
      assert.deepEqual(servicesOf(await newRuns(f, runs)), [stubborn], 'only what failed is run again');
    });
  });

  test('a base over its budget fails the up before anything is pushed, and says by how much (C5)', async () => {
    const f = fixture();
    const base = await readIndex(f, 'cerebral/ai-base', 'cpu');
    const change = {
      file: 'Pulumi.local.yaml',
      from: "cpu: { APT_PACKAGES: ''",
      to: "cpu: { BUDGET_MB: '1', APT_PACKAGES: ''",
    };
    await withChange(change, async folder => {
      const up = await f.npm(
        ['run', '--silent', 'pulumi', '--', 'up', '--yes', '--skip-preview', '--color', 'never'],
        folder,
      );
      assert.notEqual(up.status, 0, up.output);
      assert.match(up.output, /\d+ MB too much/);
    });
    assert.equal((await readIndex(f, 'cerebral/ai-base', 'cpu')).digest, base.digest);
  });

  test('taking the change back brings each service back to the image before, by the same one up (C12)', async () => {
    const f = fixture();
    const back = await f.pulumi('up', '--yes', '--skip-preview', '--color', 'never');
    assert.equal(back.status, 0, back.output);
    for (const name of services) assert.match(await answer(f, '/health', name), /ok/);
  });
}

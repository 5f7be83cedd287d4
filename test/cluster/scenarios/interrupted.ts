// Ctrl-C while the sandbox starts, and while Pulumi works: nothing is left running, and the next start goes on.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkout } from '../../../sandbox/checkout.ts';
import { compareStates, type MachineState } from '../machine-state.ts';
import type { Fixture } from '../support/fixture.ts';
import { machineNow } from '../support/machine.ts';

/** Runs `npm start` and sends the signal `delay` ms after a step began, as a terminal would: to the whole group. */
async function interruptAt(fixture: Fixture, step: string, delay: number): Promise<{ status: number; output: string }> {
  const child = spawn('npm', ['start'], {
    cwd: checkout,
    env: fixture.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', chunk => {
      output += chunk;
    });
  }
  const ended = once(child, 'exit');
  try {
    const end = Date.now() + 600_000;
    // The log's line of a step that begins; on a terminal the time is not there.
    const begins = new RegExp(`❯ \\[[\\d:]+\\] ${step}`);
    while (!begins.test(output)) {
      assert.ok(Date.now() < end && child.exitCode === null, `step "${step}" did not come: ${output}`);
      await sleep(50);
    }
    await sleep(delay);
  } finally {
    if (child.exitCode === null) process.kill(-child.pid!, 'SIGINT');
  }
  const [status] = await ended;
  return { status, output };
}

async function nothingRuns(fixture: Fixture, before: MachineState): Promise<void> {
  const more = async () =>
    compareStates(before, await machineNow(fixture)).filter(line => line.startsWith('processes'));
  const end = Date.now() + 3000;
  while ((await more()).length > 0 && Date.now() < end) await sleep(200);
  assert.deepEqual(await more(), []);
}

export function interrupted(fixture: () => Fixture, before: () => MachineState): void {
  test('Ctrl-C while the cluster starts leaves nothing running', async () => {
    const { status, output } = await interruptAt(fixture(), 'Cluster', 4000);
    assert.notEqual(status, 0, output);
    assert.match(output, /nothing is left running/);
    await nothingRuns(fixture(), before());
  });

  test('Ctrl-C while Pulumi works leaves nothing running and no pending operation', async () => {
    const f = fixture();
    const { status, output } = await interruptAt(f, 'pulumi up', 12_000);
    assert.notEqual(status, 0, output);
    assert.match(output, /nothing is left running/);
    await nothingRuns(f, before());
    const exported = await f.pulumi('stack', 'export');
    assert.equal(exported.status, 0, exported.output);
    assert.deepEqual(JSON.parse(exported.output).deployment.pending_operations ?? [], []);
  });
}

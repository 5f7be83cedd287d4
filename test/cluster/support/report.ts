// What `slipway preview` says of the sandbox's stack: by the events of the sandbox's own pulumi.
import assert from 'node:assert/strict';
import { checkout } from '../../../sandbox/checkout.ts';
import { execute, type Fixture, scratch } from './fixture.ts';

/** The report as a terminal shows it, of this checkout unless said otherwise. */
export async function previewReport(f: Fixture, cwd = checkout): Promise<string> {
  const env = { ...f.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: 'true' };
  const npm = (...args: string[]) => execute('npm', ['run', '--silent', ...args], { cwd, env });
  const { output: events } = await npm('pulumi', '--', 'preview', '--json');
  const { status, output } = await npm(
    ...['slipway', '--', 'preview', 'local', '--events', await scratch(f, 'events.jsonl', events)],
  );
  assert.equal(status, 0, output);
  return output;
}

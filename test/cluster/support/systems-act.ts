// What a team does with a stack that is not Cerebral's: preview, up, destroy, from this checkout or a copy of it.
import assert from 'node:assert/strict';
import { execPath } from 'node:process';
import { checkout } from '../../../sandbox/checkout.ts';
import { type Ended, execute, type Fixture } from './fixture.ts';

export interface StackOf {
  up: (from?: string) => Promise<Ended>;
  /** What `slipway preview` says. */
  report: (from?: string) => Promise<string>;
  noChange: () => Promise<void>;
  destroy: () => Promise<void>;
  slipway: (...args: string[]) => Promise<Ended>;
}

/** `stack`: one of those that `npm start -- --system` brings up. */
export function stackOf(f: Fixture, stack: string): StackOf {
  const slipway = (args: string[], from = checkout) =>
    f.npm(['run', '--silent', 'sandbox:slipway', '--', ...args], from);
  const pulumi = (args: string[], from = checkout) =>
    f.npm(['run', '--silent', 'pulumi', '--', ...args, '--stack', stack, '--color', 'never'], from);
  return {
    up: from => pulumi(['up', '--yes', '--skip-preview'], from),
    report: async from => {
      const { status, output } = await slipway(['preview', stack], from);
      assert.equal(status, 0, output);
      return output;
    },
    noChange: async () => {
      const { status, output } = await pulumi(['preview', '--expect-no-changes']);
      assert.equal(status, 0, output);
    },
    destroy: async () => {
      const { status, output } = await pulumi(['destroy', '--yes', '--skip-preview']);
      assert.equal(status, 0, output);
    },
    slipway: (...args) => slipway(args),
  };
}

/** The backend's programs, as its team builds them before an `up`. */
export async function buildBackend(f: Fixture, folder: string): Promise<void> {
  const env = { ...f.env, GOCACHE: `${f.config.cache}/go-build`, GOMODCACHE: `${f.config.cache}/go-mod` };
  const script = ['--disable-warning=ExperimentalWarning', 'samples/cybermesh/build-backend.ts'];
  const { status, output } = await execute(execPath, script, { cwd: folder, env });
  assert.equal(status, 0, output);
}

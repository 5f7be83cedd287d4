// A command that goes on while a test does something to it.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkout } from '../../../sandbox/checkout.ts';
import type { Ended, Fixture } from './fixture.ts';

export interface Act {
  ended: Promise<Ended>;
  /** Resolves when the output matches; rejects when the command ends without. */
  says: (what: RegExp) => Promise<void>;
}

/** Starts an npm script of a checkout, as a user calls it. */
export function begin(fixture: Fixture, args: string[], from = checkout): Act {
  const child = spawn('npm', args, { cwd: from, env: fixture.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let over = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text;
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    // Not "close": what a killed program leaves behind may hold the pipes for minutes.
    child.on('exit', code => {
      over = true;
      setTimeout(() => resolve({ status: code ?? 1, output }), 200);
    });
  });
  return {
    ended,
    says: async what => {
      while (!what.test(output)) {
        if (over) throw new Error(`npm ${args.join(' ')} ended without saying ${what}:\n${output}`);
        await sleep(20);
      }
    },
  };
}

export const beginUp = (fixture: Fixture, from?: string): Act =>
  begin(fixture, ['run', '--silent', 'pulumi', '--', 'up', '--yes', '--skip-preview', '--color', 'never'], from);

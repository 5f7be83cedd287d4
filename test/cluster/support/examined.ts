// What `slipway doctor` says of a stack of the sandbox.
import assert from 'node:assert/strict';
import type { Fixture } from './fixture.ts';

export interface Examined {
  group: string;
  name: string;
  subject?: string;
  verdict: string;
  seen: string;
  remedy?: string;
}

export interface Examination {
  /** Of the process. */
  status: number;
  checks: Examined[];
  output: string;
}

export async function examine(f: Fixture, stack: string, ...flags: string[]): Promise<Examination> {
  const { status, output } = await f.npm([
    'run',
    '--silent',
    'sandbox:slipway',
    '--',
    'doctor',
    stack,
    '--json',
    ...flags,
  ]);
  const json = output.slice(output.indexOf('{'));
  return { status, checks: (JSON.parse(json) as { checks: Examined[] }).checks, output };
}

export const faults = (checks: readonly Examined[]) => checks.filter(({ verdict }) => verdict === 'fault');
export const label = ({ group, name, subject = '' }: Examined) => `${group} ${name} ${subject}`.trim();

/** The fault that `wanted` must be. */
export function faultOf({ checks, output }: Examination, wanted: string): Examined {
  const found = checks.find(one => label(one) === wanted);
  assert.equal(found?.verdict, 'fault', `${wanted}: ${output}`);
  return found!;
}

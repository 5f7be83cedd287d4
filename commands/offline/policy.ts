// `slipway policy <stack>`: the rules that a stack must keep, against all that the program declares.
import { resolve } from 'node:path';
import { resourceOf } from '../../policy/declared.ts';
import { exceptionsOf } from '../../policy/exceptions.ts';
import { factsOf } from '../../policy/facts.ts';
import { judge, printViolations } from '../../policy/judge.ts';
import { hasUnknown } from '../../policy/resource.ts';
import { rules } from '../../policy/rules.ts';
import { secretTexts, settingsOf } from '../stack-file.ts';
import { type OfflineCommand, runOffline } from './offline.ts';

export interface Kept {
  /** One line. */
  text: string;
  /** What could not be judged, and why. */
  notes: string[];
}

/** Throws all violations, a line each. */
export async function policy(stack: string, options: OfflineCommand = {}): Promise<Kept> {
  const stacks = options.stacks && resolve(options.stacks);
  const { declared, lock, lockFile, notes } = await runOffline(stack, options);
  const settings = await settingsOf(stack, stacks);
  const resources = declared
    .filter(({ type }) => !type.startsWith('slipway:') && !type.startsWith('pulumi:'))
    .map(({ type, name, sent }) => resourceOf(type, name, sent));
  const facts = factsOf(settings, lock, { secretTexts: [...secretTexts], allSecrets: true });
  const { violations, excused } = await judge(resources, facts, exceptionsOf(settings.system));
  if (violations.length > 0) {
    const count = violations.length === 1 ? 'one violation' : `${violations.length} violations`;
    throw new Error(`stack ${stack}: ${count} of the rules in docs/policy.md:\n${printViolations(violations)}`);
  }
  const open = resources.filter(({ fields }) => hasUnknown(fields));
  return {
    text: `stack ${stack} keeps all ${rules.length} rules: ${resources.length} resources, ${excused} places excused\n`,
    notes: [...notes, ...open.map(({ name }) => `not judged: the image of ${name}, which is not in ${lockFile}`)],
  };
}

// What a check says.
import { namespace as project } from '../../settings/settings.ts';
import type { Context } from '../context.ts';

/** `warning`: it works, and will not for long or not for everybody. `not asked`: nothing is known, and `seen` says why. */
export type Verdict = 'ok' | 'warning' | 'fault' | 'not asked';

export interface Finding {
  verdict: Verdict;
  /** What was seen, in one line. */
  seen: string;
  /** A command, or what to do where none will. */
  remedy?: string;
}

export const groups = ['settings', 'cluster', 'registry', 'images', 'pipeline', 'builders', 'rollouts'] as const;

/** One question about a stack. What `ask` throws is a fault of this check alone; NotAsked is no fault. */
export interface Check {
  group: (typeof groups)[number];
  /** Checks of one name differ in their subject: a service, a base, a platform. */
  name: string;
  subject?: string;
  /** Milliseconds, in place of those that all have. */
  limit?: number;
  ask(context: Context): Promise<Finding>;
}

/** Commands of remedies. */
export const kubectl = ({ settings }: Context, args: string) => `kubectl --context ${settings.cluster.context} ${args}`;
export const up = ({ settings }: Context) => `pulumi up --stack ${settings.stack}`;

/** Makes one resource of the stack anew. `type`: its type after those of its parents, as URNs have it. */
export const replace = (context: Context, type: string, name: string) =>
  `${up(context)} --replace 'urn:pulumi:${context.settings.stack}::${project}::${type}::${name}'`;
/** The teams' own way to build what failed or was never built. */
export const pushAgain = ({ settings }: Context) =>
  `git commit --allow-empty --message 'build again' && git push origin ${settings.branch}`;

export const ok = (seen: string): Finding => ({ verdict: 'ok', seen });
export const warning = (seen: string, remedy: string): Finding => ({ verdict: 'warning', seen, remedy });
export const fault = (seen: string, remedy: string): Finding => ({ verdict: 'fault', seen, remedy });

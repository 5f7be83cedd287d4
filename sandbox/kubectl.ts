// kubectl against the sandbox, with JSON answers.
import { join } from 'node:path';
import type { SandboxConfig } from './config.ts';
import type { Tools } from './tools/build.ts';
import { run } from './tools/run.ts';

export type Kubectl = (args: string[], input?: string, signal?: AbortSignal) => Promise<string>;

export const kubectl =
  (config: SandboxConfig, tools: Tools): Kubectl =>
  async (args, input, signal) => {
    const env = { ...process.env, KUBECONFIG: join(config.home, 'kubeconfig') };
    return (await run(tools.path('kubectl'), args, { env, input, signal })).stdout;
  };

/** One object or list as JSON; undefined where it does not exist. */
export async function getJson<T>(kube: Kubectl, args: string[]): Promise<T | undefined> {
  const text = await kube(['get', ...args, '--ignore-not-found', '-o', 'json']);
  return text.trim() ? (JSON.parse(text) as T) : undefined;
}

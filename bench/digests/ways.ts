// The ways to learn the digests of images: the program's own two, and beside them crane and kbld.

import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { execPath } from 'node:process';
import { run } from '../../sandbox/tools/run.ts';
import type { Pushed } from '../support/images.ts';
import type { How, Question } from './ask.ts';

/** The tag that a stack of this name tracks. */
export const stack = 'bench';
export const tag = `live-${stack}`;

export interface Way {
  what: string;
  /** Seconds until the digest of each of `images` is known. Throws where one is not what was pushed. */
  ask(images: readonly Pushed[], port: number): Promise<number>;
  /** Seconds that its program takes to start and to end, with nothing to ask. */
  start(): Promise<number>;
}

/** The program's own come first: track, lock, crane, kbld. */
export function waysOf({ crane, kbld }: Record<'crane' | 'kbld', string>, env: NodeJS.ProcessEnv): Way[] {
  const timed = async (command: string, args: string[], input = '') => {
    const began = performance.now();
    const { stdout } = await run(command, args, { env, input });
    return { seconds: (performance.now() - began) / 1000, stdout };
  };
  const own = (what: string, how: How): Way => {
    const ask = (images: readonly Pushed[], port: number) => {
      const question: Question = { how, url: `https://127.0.0.1:${port}`, stack, images };
      const flags = ['--disable-warning=ExperimentalWarning'];
      return timed(execPath, [...flags, join(import.meta.dirname, 'ask.ts')], JSON.stringify(question));
    };
    return {
      what,
      // The program runs anyway: what counts is from the first question to the last answer.
      ask: async (images, port) => Number((await ask(images, port)).stdout),
      start: async () => (await ask([], 0)).seconds,
    };
  };
  return [
    own('this project, tags that a stack tracks', 'track'),
    own('this project, digests that a stack locks', 'lock'),
    {
      what: 'a loop of `crane digest`',
      ask: async (images, port) => {
        const loop = 'while read -r image; do "$0" digest "$image" || exit 1; done';
        const input = images.map(image => `${nameOf(image, port)}\n`).join('');
        const { seconds, stdout } = await timed('bash', ['-c', loop, crane], input);
        check(images, stdout);
        return seconds;
      },
      start: async () => (await timed(crane, ['version'])).seconds,
    },
    {
      what: '`kbld`',
      ask: async (images, port) => {
        // JSON is YAML; kbld looks for the key wherever it is.
        const containers = images.map(image => ({ image: nameOf(image, port) }));
        const { seconds, stdout } = await timed(kbld, ['--file', '-'], JSON.stringify({ containers }));
        check(images, stdout);
        return seconds;
      },
      start: async () => (await timed(kbld, ['version'])).seconds,
    },
  ];
}

const nameOf = ({ repository }: Pushed, port: number) => `127.0.0.1:${port}/${repository}:${tag}`;

function check(images: readonly Pushed[], output: string): void {
  const missing = images.find(({ digest }) => !output.includes(digest));
  if (missing) throw new Error(`the digest of ${missing.repository} is not in: ${output.slice(0, 500)}`);
}

// What Kaniko builds from, brought into its pod: the commit, and beside it the Dockerfile with its bases pinned. The
// Dockerfile in the source stays as it is, for a `COPY . .`.
import { access, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchSource } from './fetch.ts';
import type { Log } from './log.ts';
import type { SourceParams } from './params.ts';
import { locate } from './source.ts';

/** Leaves `<work>/src` and `<work>/Dockerfile`, with the ignore file that is named after the original. */
export async function bringSource(params: SourceParams, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  const source = await fetchSource({ ...params, env }, log);
  const { dockerfile } = await locate(source, params.dockerfile, params.context);
  await writeFile(join(params.work, 'Dockerfile'), params.text);
  const ignored = `${dockerfile}.dockerignore`;
  const there = await access(ignored).then(
    () => true,
    () => false,
  );
  if (there) await copyFile(ignored, join(params.work, 'Dockerfile.dockerignore'));
}

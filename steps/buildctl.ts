// What buildctl's command lines have in common: how a builder is reached, and what is built.
import { basename, dirname, join } from 'node:path';
import { sourceDateEpoch } from '../images/reproducible.ts';

const SERVER_NAME = 'buildkitd';

/** How buildctl reaches a builder. `tls`: folder of the client's files. */
export function buildctlAddress(address: string, tls: string): string[] {
  if (!address.startsWith('tcp://')) return ['--addr', address];
  const files = { '--tlscacert': 'ca.crt', '--tlscert': 'tls.crt', '--tlskey': 'tls.key' };
  const secure = Object.entries(files).flatMap(([option, file]) => [option, join(tls, file)]);
  return ['--addr', address, ...secure, '--tlsservername', SERVER_NAME];
}

/**
 * Builds a Dockerfile at the one time that all images have; both paths are absolute. `options`: more of the frontend's
 * own.
 */
export function buildArgs(
  { dockerfile, context }: { dockerfile: string; context: string },
  { platform, ...options }: { platform: string; [option: string]: string },
): string[] {
  const all = {
    filename: basename(dockerfile),
    platform,
    'build-arg:SOURCE_DATE_EPOCH': String(sourceDateEpoch),
    ...options,
  };
  return [
    'build',
    '--progress=plain',
    '--frontend=dockerfile.v0',
    `--local=context=${context}`,
    `--local=dockerfile=${dirname(dockerfile)}`,
    ...Object.entries(all).map(([name, value]) => `--opt=${name}=${value}`),
  ];
}

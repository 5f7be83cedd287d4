// A compiler's failure in one line that says what to do. The rest is in the log.
import { RunError } from './run.ts';

const causes: [pattern: RegExp, say: (found: RegExpExecArray, cache: string) => string][] = [
  [
    /verifying (\S+?): checksum mismatch/,
    ([, module], cache) =>
      `what the Go proxy serves as ${module} differs from the checksum in go.sum; remove ${cache}/go-mod/cache/download ` +
      'and try again, and if it stays, ask whoever runs the proxy (go env GOPROXY)',
  ],
  [
    /missing go\.sum entry[^\n]*/,
    () =>
      'its go.sum is incomplete; restore the module folder with git, or raise the version as sandbox/tools/README.md says',
  ],
  [
    /no space left on device/,
    (_, cache) => `the disk is full; free some gigabytes where ${cache} lies, or set SLIPWAY_CACHE`,
  ],
  [
    /(dial tcp[^\n]*|proxyconnect[^\n]*|no such host|i\/o timeout|TLS handshake timeout)/,
    ([found]) => `the Go proxy is not in reach (${found}); check the network and go env GOPROXY, then start again`,
  ],
  [
    /(signal: killed|cannot allocate memory|out of memory)/,
    () => 'the compiler ran out of memory; 4 GiB free are enough, end other programs and start again',
  ],
];

/** The one line for what `error` is; an error that is not a program's failure is returned as it is. */
export function explain(tool: string, error: unknown, at: { cache: string; log?: string }): unknown {
  if (!(error instanceof RunError)) return error;
  for (const [pattern, say] of causes) {
    const found = pattern.exec(error.output);
    if (found) return new Error(`${tool} can't be built: ${say(found, at.cache)}`, { cause: error });
  }
  const last = error.output.trim().split('\n').at(-1) ?? '';
  const log = at.log ? `; the log is ${at.log}` : '';
  return new Error(`${tool} can't be built: go ended with status ${error.status ?? 'none'}: ${last}${log}`, {
    cause: error,
  });
}

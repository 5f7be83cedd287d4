// Finds in BuildKit's plain output why a build failed: where in the Dockerfile, what the instruction said last.
import { fullRegistry } from '../images/registry-errors.ts';
import type { RunResult } from './exec.ts';
import { StepFailure } from './failure.ts';

const LAST_LINES = 3;
const LONGEST = 400;
// What pip, OpenSSL, curl, Go and Node say of a certificate whose authority they don't know.
const UNTRUSTED =
  /CERTIFICATE_VERIFY_FAILED|unable to get local issuer certificate|self.signed certificate in certificate chain|certificate signed by unknown authority/i;
const TRUST =
  'where a proxy opens TLS, put its authority into slipway:buildSecrets.ca-bundle, and mount that in the RUN ' +
  '(--mount=type=secret,id=ca-bundle)';

/**
 * The failure of a buildctl run, its reason in one line that begins with `what` was built, the end of its output as
 * details. `remedy`: what to do about a builder that can't be used.
 */
export function buildFailure(
  what: string,
  builder: string,
  { status, lines }: RunResult,
  remedy = 'see whether its pod is ready, then run again',
): StepFailure {
  const said = lines.filter(line => line.trim() !== '');
  const error = (said.findLast(line => /^error: /i.test(line)) ?? said.at(-1) ?? `buildctl ended with ${status}`)
    .replace(/^error: /i, '')
    .replace(/^failed to solve: /, '');
  if (/failed to list workers|connection error: desc =|error reading from server/.test(error)) {
    return new StepFailure(`${what}: the builder ${builder} can't be used: ${cut(error)}; ${remedy}`, said.slice(-20));
  }
  // The registry's own words, which the builder hands on: its disk is meant, and not the builder's.
  if (/failed to push .*(no space left on device|disk quota exceeded)/.test(error)) {
    return new StepFailure(`${what}: ${fullRegistry}: ${cut(error)}`, said.slice(-20));
  }
  if (said.slice(-20).some(line => /no space left on device|disk quota exceeded/i.test(line))) {
    const room = 'give it a larger one, or restart it (its cache goes), then run again';
    return new StepFailure(
      `${what}: the disk of the builder ${builder} is full; ${room}: ${cut(error)}`,
      said.slice(-20),
    );
  }
  // An overlay that has no room for the file that marks a deletion says just this.
  if (/: input\/output error$/.test(error)) {
    const room = 'see whether it is full, or restart the builder (its cache goes), then run again';
    return new StepFailure(
      `${what}: the disk of the builder ${builder} can't be written; ${room}: ${cut(error)}`,
      said.slice(-20),
    );
  }
  const { place, instruction, output } = quoted(lines);
  const parts = [place, instruction, ...output, error].filter(part => part !== undefined);
  const hint = said.some(line => UNTRUSTED.test(line)) ? `; ${TRUST}` : '';
  return new StepFailure(`${what}: ${cut(parts.join(': '))}${hint}`, said.slice(-20));
}

/** Whether it was the registry that refused a push; the builder shows the status of its answer, and not the answer. */
export function isRefusedPush({ message }: StepFailure): boolean {
  return /unexpected status from (POST|PATCH|PUT) request to \S+: 5\d\d/.test(message);
}

// BuildKit ends with the failing instruction between two lines of dashes, and below it `Dockerfile:LINE`.
function quoted(lines: string[]): { place?: string; instruction?: string; output: string[] } {
  const end = lines.findLastIndex(line => /^-{6}$/.test(line));
  const start = lines.slice(0, Math.max(end, 0)).findLastIndex(line => /^-{6}$/.test(line));
  const place = lines.slice(Math.max(end, 0)).find(line => /^\S+:\d+$/.test(line));
  if (start < 0) return { place, output: [] };
  const [head = '', ...body] = lines.slice(start + 1, end);
  const instruction = /^\s*>\s*\[[^\]]*\]\s*(.*?):?$/.exec(head)?.[1];
  const output = body.map(line => line.replace(/^\d+\.\d+\s?/, '').trim()).filter(line => line !== '');
  return { place, instruction, output: output.slice(-LAST_LINES) };
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

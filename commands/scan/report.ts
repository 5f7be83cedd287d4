// What a scan has found, as data that is kept with the digest, and as lines for people.
import type { Digest } from '../../images/digest.ts';
import type { Platform } from '../../images/platform.ts';
import type { Severity } from '../../settings/scan.ts';
import type { DatabaseIdentity } from '../osv/database.ts';
import type { Finding } from './findings.ts';
import type { Judgement } from './threshold.ts';

export const REPORT = 'application/vnd.slipway.scan.v1+json';

export interface ScanReport {
  /** Of the index, or of the one image. */
  digest: Digest;
  verdict: 'passed' | 'refused';
  /** When, in UTC. */
  scanned: string;
  threshold: Severity;
  scanner: { name: string; version: string };
  database: DatabaseIdentity;
  platforms: ScannedPlatform[];
  refused: Finding[];
  accepted: (Finding & { reason: string; until?: string })[];
  below: Finding[];
  notes: string[];
}

export interface ScannedPlatform {
  platform: Platform;
  digest: Digest;
  packages: number;
  /** Packages that were not looked up, by ecosystem or type of purl. */
  unjudged: Record<string, number>;
}

export type ReportHead = Pick<ScanReport, 'digest' | 'scanned' | 'threshold' | 'scanner' | 'database' | 'platforms'>;

export function makeReport(head: ReportHead, { refused, accepted, below, notes }: Judgement): ScanReport {
  return {
    verdict: refused.length > 0 ? 'refused' : 'passed',
    ...head,
    refused,
    accepted: accepted.map(({ finding, exception: { reason, until } }) => ({
      ...finding,
      reason,
      ...(until !== undefined && { until }),
    })),
    below,
    notes,
  };
}

/** The report for people, a line each; of what does not reach the threshold the number alone. */
export function printReport(report: ScanReport): string[] {
  const { digest, verdict, threshold, scanner, database, platforms, refused, accepted, below, notes } = report;
  const age = database.newest === undefined ? '' : `, newest of ${database.newest.slice(0, 10)}`;
  return [
    `${digest}: ${verdict}; threshold ${threshold}, ${scanner.name} ${scanner.version}`,
    `database ${database.name}: ${count(database.records, 'record')}${age}`,
    ...platforms.map(
      ({ platform, packages, unjudged }) =>
        `${platform}: ${count(packages, 'package')}${listed(unjudged, ', not looked up: ')}`,
    ),
    ...section(`${threshold} or worse:`, refused.map(printFinding)),
    ...section(
      'accepted:',
      accepted.map(one => `${printFinding(one)}; because: ${one.reason}${one.until ? `, until ${one.until}` : ''}`),
    ),
    ...(below.length > 0 ? [`below ${threshold}: ${below.length}`] : []),
    ...notes,
  ];
}

/** One finding as one line. */
export function printFinding(finding: Finding): string {
  const { ids, severity, package: name, installedAs, installed, fixed, platforms, summary } = finding;
  const rated = severity === 'unknown' ? 'unknown (counts as high)' : severity;
  const what = `${name} ${installed || '(no version)'}${installedAs.length > 0 ? ` (${installedAs.join(', ')})` : ''}`;
  const fix = fixed === undefined ? 'no fix is known' : `fixed in ${fixed}`;
  return [`${ids[0]} ${rated}: ${what} on ${platforms.join(', ')}`, fix, summary]
    .filter(part => part !== '')
    .join('; ');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map(line => `  ${line}`)];
}

function listed(counts: Record<string, number>, before: string): string {
  const parts = Object.entries(counts).map(([name, number]) => `${number} of ${name}`);
  return parts.length === 0 ? '' : `${before}${parts.join(', ')}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

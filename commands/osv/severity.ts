// How bad a vulnerability is, in one of four words.
import cvss from 'ae-cvss-calculator';
import { type Severity, severities } from '../../settings/scan.ts';
import type { Affected, OsvRecord } from './record.ts';

/** What databases say in words, Debian's urgencies among them. */
const words: Record<string, Severity> = {
  unimportant: 'low',
  negligible: 'low',
  low: 'low',
  moderate: 'medium',
  medium: 'medium',
  high: 'high',
  important: 'high',
  critical: 'critical',
};

/**
 * The severity of a record for one of the packages that it names: by the highest base score of its CVSS vectors, where it
 * has none by a word of its database, undefined where it has neither.
 */
export function severityOf(record: OsvRecord, affected: Affected): Severity | undefined {
  const ratings = [...(affected.severity ?? []), ...(record.severity ?? [])];
  const scores = ratings.flatMap(({ type, score }) => (type.startsWith('CVSS') ? (baseScore(score) ?? []) : []));
  if (scores.length > 0) return ofScore(Math.max(...scores));
  const said = [
    ...ratings.map(({ score }) => score),
    record.database_specific?.severity,
    affected.ecosystem_specific?.urgency,
  ];
  return worst(said.flatMap(word => (typeof word === 'string' ? words[word.toLowerCase()] : undefined) ?? []));
}

/** The worst of some, undefined of none. */
export function worst(some: readonly (Severity | undefined)[]): Severity | undefined {
  return severities.findLast(severity => some.includes(severity));
}

function baseScore(vector: string): number | undefined {
  const scores = cvss.fromVector(vector)?.calculateScores(false);
  return scores && 'base' in scores ? scores.base : scores?.overall;
}

// The scale of CVSS 3 and 4 (FIRST, "Qualitative Severity Rating Scale"); none (0.0) counts as low.
function ofScore(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  return score >= 4 ? 'medium' : 'low';
}

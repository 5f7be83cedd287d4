// Which findings stop a push: those that reach the stack's threshold and that it does not take as an exception.
import type { ScanException, ScanSettings } from '../../settings/scan.ts';
import { type Finding, rank } from './findings.ts';

export interface Judgement {
  /** What stops the push. */
  refused: Finding[];
  /** What would, but for an exception. */
  accepted: { finding: Finding; exception: ScanException }[];
  below: Finding[];
  /** Of exceptions: that one has run out, or that nothing is found that it is for. */
  notes: string[];
}

/** `today`: as `2027-01-31`, in UTC. An exception still holds on its last day. */
export function judge(
  findings: readonly Finding[],
  { threshold, ignore }: Pick<ScanSettings, 'threshold' | 'ignore'>,
  today: string,
): Judgement {
  const judgement: Judgement = { refused: [], accepted: [], below: [], notes: [] };
  const fits = ({ id }: ScanException, { ids }: Finding) => ids.includes(id);
  const holds = ({ until }: ScanException) => until === undefined || today <= until;
  for (const finding of findings) {
    const exception = ignore.find(each => fits(each, finding) && holds(each));
    if (rank(finding.severity) < rank(threshold)) judgement.below.push(finding);
    else if (exception) judgement.accepted.push({ finding, exception });
    else judgement.refused.push(finding);
  }
  for (const exception of ignore) {
    const { id, until } = exception;
    if (!findings.some(finding => fits(exception, finding))) {
      judgement.notes.push(`the exception for ${id} fits nothing that was found; take it out`);
    } else if (!holds(exception)) judgement.notes.push(`the exception for ${id} ran out on ${until}`);
  }
  return judgement;
}

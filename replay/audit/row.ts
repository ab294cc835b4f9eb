/** What an audit says of one question: the verdict with its numbers, and why anybody asks. */

/** `silent`: the question cannot be asked of this run, and the sentence says why. */
export type AuditVerdict = 'passed' | 'failed' | 'silent';

export type AuditRow = Readonly<{
  check: string;
  verdict: AuditVerdict;
  said: string;
  numbers: Readonly<Record<string, number | string | null>>;
  why: string;
}>;

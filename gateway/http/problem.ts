// A refusal as RFC 9457 problem+json: what is wrong, in which fields, and what to do. It decides no status.
import type { Answer } from '../transport/server.ts';

/** `field`: where, as a path such as `body.lots`; `remedy`: what to send instead, if that can be said. */
export type FieldFault = Readonly<{ field: string; detail: string; remedy: string | null }>;

export type Problem = Readonly<{
  /** The kind's short name: `/problems/<kind>` is its address. */
  kind: string;
  title: string;
  status: number;
  detail: string;
  remedy: string | null;
  fields: readonly FieldFault[];
}>;

export type ProblemHeaders = Readonly<Record<string, string>>;

export const PROBLEM_TYPE = 'application/problem+json';

export const problem = (
  status: number,
  kind: string,
  title: string,
  detail: string,
  { remedy = null, fields = [] }: Readonly<{ remedy?: string | null; fields?: readonly FieldFault[] }> = {},
): Problem => ({ kind, title, status, detail, remedy, fields });

/** The document as it is sent; one shape, whatever is known. */
export const problemDocument = ({ kind, title, status, detail, remedy, fields }: Problem) => ({
  type: `/problems/${kind}`,
  ...{ title, status, detail, remedy },
  fields: fields.map(({ field, detail, remedy }) => ({ field, detail, remedy })),
});

export const problemAnswer = (said: Problem, headers: ProblemHeaders = {}): Answer => ({
  status: said.status,
  headers: { ...headers, 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store' },
  body: JSON.stringify(problemDocument(said)),
});

/** Thrown by a handler to answer with it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly problem: Problem;
  readonly headers: ProblemHeaders;
  constructor(said: Problem, headers: ProblemHeaders = {}) {
    super(`${said.title}: ${said.detail}`);
    this.problem = said;
    this.headers = headers;
  }
}

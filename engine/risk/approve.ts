/**
 * Whether one order may leave, with every clause's numbers. The only maker of an Approved: an effect asks for that type, so no order
 * reaches one unjudged. Looks nothing up and changes nothing.
 */
import type { ClauseResult } from '../decisions.ts';
import { CLAUSES, isReducing, judge } from './clauses.ts';
import type { ApprovalFacts, OrderAsked } from './facts.ts';

/** A private member, not a symbol key: a spread copy of a symbol key would still count as approved. */
declare class Judged {
  private readonly judged: true;
}
/** What passed approve(). The class is not exported, so nothing else makes one without a cast, not even by copying an approved order. */
export type Approved<T> = T & Judged;

export type Approval =
  | Readonly<{ approved: Approved<OrderAsked>; reducing: boolean; clauses: readonly ClauseResult[] }>
  | Readonly<{ approved: null; reducing: boolean; clauses: readonly ClauseResult[] }>;

/** All clauses are judged, so a refusal names every one that failed. */
export function approve(asked: OrderAsked, facts: ApprovalFacts): Approval {
  const clauses = judge(CLAUSES, asked, facts);
  const reducing = isReducing(asked, facts);
  const passed = clauses.every((clause) => clause.ok);
  return { approved: passed ? (asked as Approved<OrderAsked>) : null, reducing, clauses };
}

/** Which kinds of news a person wants to be told of, and how; kept in this browser. Nothing is told that was not asked for but alarms, on the page. */
import { useSyncExternalStore } from 'react';
import { keep, kept } from '../kept.ts';

export const NOTICE_KINDS = ['fills', 'gate', 'alarms'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];
/** `page`: a short word at its edge; `system`: the machine's own notice, also when the page is behind others. */
export const NOTICE_WAYS = ['page', 'system', 'sound'] as const;
export type NoticeWay = (typeof NOTICE_WAYS)[number];
export type NoticeChoices = ReadonlySet<string>;

const STANDARD = 'alarms page';
let chosen: NoticeChoices = new Set(
  kept('notices', STANDARD)
    .split(',')
    .filter((one) => one !== ''),
);
const listeners = new Set<() => void>();

export const choiceOf = (kind: NoticeKind, way: NoticeWay): string => `${kind} ${way}`;
export function chooseNotice(kind: NoticeKind, way: NoticeWay, on: boolean): void {
  const next = new Set(chosen);
  if (on) next.add(choiceOf(kind, way));
  else next.delete(choiceOf(kind, way));
  chosen = next;
  keep('notices', [...next].join(','));
  for (const call of [...listeners]) call();
}
export const useNotices = (): NoticeChoices =>
  useSyncExternalStore(
    (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    () => chosen,
  );

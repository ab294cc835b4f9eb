/** Whether what is asked touches an account that trades live. Where that cannot be said, any live account counts: the stricter one. */
import type { Parts } from '#actors/desk/parts.ts';
import type { About } from '../http/router.ts';

const about = (live: boolean): About => ({ owner: null, live });
const isLive = (account: Readonly<{ spec: Readonly<{ mode: string }> }> | undefined): boolean => account?.spec.mode === 'LIVE';
const anyLive = ({ accounts }: Parts): boolean => accounts.all.some(isLive);

export const ofAccount = (parts: Parts, account: string): About => {
  const found = parts.accounts.byId.get(account);
  return about(found === undefined ? anyLive(parts) : isLive(found));
};

export const ofStrategy = (parts: Parts, strategy: string): About => {
  const found = parts.strategies.byId.get(strategy);
  return about(found === undefined ? anyLive(parts) : isLive(found.account));
};

export const ofOrder = (parts: Parts, order: string): About => {
  const found = parts.orders.all.get(order as never);
  return about(found === undefined ? anyLive(parts) : isLive(found.account));
};

/** The whole desk and an instrument are every account's. */
export function ofScope(parts: Parts, scope: string, of: string): About {
  if (scope === 'account') return ofAccount(parts, of);
  if (scope === 'strategy') return ofStrategy(parts, of);
  return about(anyLive(parts));
}

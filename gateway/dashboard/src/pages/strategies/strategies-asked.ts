/** What the gateway says of strategies, and what makes it say it anew. */
import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { RestStrategy, RestStrategyDetail, StrategyLanguage } from '#gateway/contracts/rest-strategies.ts';
import { pathOf, useAsked, type Whole } from '../../asked.ts';

const STRATEGIES = '/api/v1/strategies';

export const useStrategies = () => useAsked<Whole<RestStrategy>>(STRATEGIES);
/** Null: none. `kept`: while another is asked, what was told before stays, so that a text that is kept goes on under its new version. */
export const useStrategy = (named: string | null, { kept = false } = {}) =>
  useAsked<RestStrategyDetail>(named === null ? null : `${STRATEGIES}/${encodeURIComponent(named)}`, { kept });
/** Null: there are no two documents to compare. */
export const useChanges = (before: string | null, after: string | null) =>
  useAsked<Readonly<{ items: readonly string[] }>>(
    before === null || after === null || before === after
      ? null
      : pathOf(`${STRATEGIES}/${encodeURIComponent(after)}/changes`, { since: before }),
  );
/** It changes with the build only. */
export const useLanguage = () => useAsked<StrategyLanguage>('/api/v1/strategy-language');

/** After one was kept or taken away. */
export function useStrategiesChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(
    () => queries.invalidateQueries({ predicate: ({ queryKey: [path] }) => String(path).startsWith(STRATEGIES) }),
    [queries],
  );
}

/** What the gateway says of strategies, and what makes it say it anew. */
import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { RestStrategy, RestStrategyDetail, StrategyLanguage } from '#gateway/contracts/rest-strategies.ts';
import { useAsked, type Whole } from '../../asked.ts';

const STRATEGIES = '/api/v1/strategies';

export const useStrategies = () => useAsked<Whole<RestStrategy>>(STRATEGIES);
/** Null: none. */
export const useStrategy = (named: string | null) =>
  useAsked<RestStrategyDetail>(named === null ? null : `${STRATEGIES}/${encodeURIComponent(named)}`);
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

/** What the gateway says of users, tokens and sessions, and the asking for it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type * as contract from '#gateway/contracts/rest-access.ts';
import { api, type Method } from '../../api.ts';

export type User = z.infer<typeof contract.user>;
export type Token = z.infer<typeof contract.token>;
export type Session = z.infer<typeof contract.session>;
export type Scope = Token['scope'];
type Whole<Row> = Readonly<{ items: readonly Row[] }>;

const KEY = 'people';

export const usePeople = <Row>(what: 'users' | 'tokens' | 'sessions', user: string | null) =>
  useQuery({
    queryKey: [KEY, what, user],
    queryFn: ({ signal }) =>
      api<Whole<Row>>('GET', `/api/v1/${what}${user === null ? '' : `?user=${encodeURIComponent(user)}`}`, { signal }),
    staleTime: 0,
  });

export type Change = Readonly<{ method: Method; path: string; body?: unknown }>;

/** Changes it, and asks again for what it may have changed. */
export function useChange<Answer>() {
  const queries = useQueryClient();
  return useMutation<Answer, unknown, Change>({
    mutationFn: ({ method, path, body }) => api<Answer>(method, `/api/v1/${path}`, body === undefined ? {} : { body }),
    onSettled: () => queries.invalidateQueries({ queryKey: [KEY] }),
  });
}

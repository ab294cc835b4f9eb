/** What the gateway says of users, tokens and sessions, and the asking for it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, type Method } from '../../api.ts';
import type { Role } from '../../session.ts';

export type User = Readonly<{ name: string; role: Role; created: number; passwordSet: number; disabled: number | null }>;
export type Scope = 'read' | 'trade' | 'admin';
export type Token = Readonly<{
  id: string;
  user: string;
  label: string;
  scope: Scope;
  live: boolean;
  created: number;
  expires: number | null;
  used: number | null;
  usedFrom: string | null;
  revoked: number | null;
}>;
export type Session = Readonly<{
  id: string;
  user: string;
  demo: boolean;
  created: number;
  used: number;
  until: number;
  address: string;
  agent: string;
  secondStep: number | null;
  own: boolean;
}>;
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

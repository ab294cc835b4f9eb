/** What is asked for once over REST and shown as it was answered; what changes by itself comes over the line (live/), and is never asked for again and again. */
import { keepPreviousData, type UseQueryResult, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type { Page } from '#gateway/contracts/rest.ts';
import type * as desk from '#gateway/contracts/rest-desk.ts';
import type * as journal from '#gateway/contracts/rest-journal.ts';
import type { RestMachine } from '#gateway/contracts/rest-machines.ts';
import type { instrument } from '#gateway/contracts/rest-market.ts';
import type { orderLife } from '#gateway/contracts/rest-orders.ts';
import { api, type Problem } from './api.ts';

export type Instrument = z.infer<typeof instrument>;
export type OrderLife = z.infer<typeof orderLife>;
export type Explanation = z.infer<typeof journal.explanation>;
export type Refusals = z.infer<typeof journal.refusals>;
export type JournalSaid = z.infer<typeof journal.journal>;
export type Frames = z.infer<typeof journal.frames>;
export type Limit = z.infer<typeof desk.limit>;
export type Portfolio = z.infer<typeof desk.portfolio>;
export type GuardValues = z.infer<typeof desk.guardValues>;
export type Metrics = z.infer<typeof desk.portfolioMetrics>;
export type Whole<Row> = Readonly<{ items: Row[]; seq: number }>;

export type Query = Readonly<Record<string, string | number | null | undefined>>;
export function pathOf(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== null && value !== undefined && value !== '') params.set(name, String(value));
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** `path` null: nothing to ask yet. `kept`: while the next is asked, what was answered before stays. */
export const useAsked = <Answer>(path: string | null, { kept = false } = {}): UseQueryResult<Answer, Problem> =>
  useQuery<Answer, Problem>({
    queryKey: [path],
    enabled: path !== null,
    queryFn: ({ signal }) => api<Answer>('GET', path!, { signal }),
    ...(kept ? { placeholderData: keepPreviousData as never } : {}),
  });

/** A long list, a page after the other. */
export const usePages = <Row, Said extends Pick<Page<Row>, 'items' | 'next'> = Page<Row>>(path: string | null, { kept = false } = {}) =>
  useInfiniteQuery({
    queryKey: ['pages', path],
    enabled: path !== null,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      api<Said>('GET', pageParam === null ? path! : `${path}${path!.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(pageParam)}`, {
        signal,
      }),
    getNextPageParam: ({ next }) => next,
    ...(kept ? { placeholderData: keepPreviousData as never } : {}),
  });

export const useInstruments = () => useAsked<Whole<Instrument>>('/api/v1/instruments');
export const useMachines = () => useAsked<Whole<RestMachine>>('/api/v1/machines');

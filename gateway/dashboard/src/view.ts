/** A page's own view, kept in its address: whoever loads it again, or is sent the link, sees the same. Every value is text. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

export type SearchText = Readonly<Record<string, string>>;

export const parseSearch = (text: string): SearchText => Object.fromEntries(new URLSearchParams(text));
export function searchText(search: Readonly<Record<string, unknown>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search))
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value));
  const text = params.toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%2F', '/');
  return text === '' ? '' : `?${text}`;
}

type Change = Readonly<Record<string, string | null>>;

/** What stands in the address, and a way to change it: null takes a name away. `step`: the browser's way back leads to what was before. */
export function useView(): readonly [SearchText, (change: Change, how?: { step?: boolean }) => void] {
  const search = useSearch({ strict: false }) as SearchText;
  const navigate = useNavigate();
  const change = useCallback(
    (values: Change, { step = false } = {}) => {
      void navigate({
        to: '.',
        replace: !step,
        resetScroll: false,
        search: (before: SearchText) => Object.fromEntries(Object.entries({ ...before, ...values }).filter(([, value]) => value !== null)),
      } as never);
    },
    [navigate],
  );
  return [search, change];
}

/** Around what was asked for once: wait, went wrong, read again, go on behind the newest. */
import { RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Failed, Loading } from './states.tsx';

type Asked<Data> = Readonly<{ data: Data | undefined; error: unknown; isFetching: boolean; refetch: () => unknown }>;

/** What was answered; until then, that it is on its way; or why it is not. */
export function Answer<Data>({
  of: { data, error, refetch },
  lines,
  what,
  children,
}: Readonly<{ of: Asked<Data>; lines: number; what?: string; children: (data: Data) => ReactNode }>) {
  if (error !== null)
    return (
      <div className="p-3">
        <Failed error={error} again={() => void refetch()} />
      </div>
    );
  return data === undefined ? <Loading lines={lines} {...(what === undefined ? {} : { what })} /> : children(data);
}

/** `since`: so many more are known of than were answered. */
export function ReadAgain({ of: { isFetching, refetch }, since = 0 }: Readonly<{ of: Asked<unknown>; since?: number }>) {
  return (
    <Button small look={since > 0 ? 'main' : 'quiet'} disabled={isFetching} onClick={() => void refetch()}>
      <RotateCw aria-hidden className="size-3" /> {isFetching ? 'Reading …' : since > 0 ? `${since} more since: read again` : 'Read again'}
    </Button>
  );
}

/** Of a list that is read a page at a time; nothing where it was read to its end. */
export function OlderOnes({
  of: { hasNextPage, isFetching, fetchNextPage },
}: Readonly<{ of: Readonly<{ hasNextPage: boolean; isFetching: boolean; fetchNextPage: () => unknown }> }>) {
  if (!hasNextPage) return null;
  return (
    <div className="shrink-0 border-t border-line/60 p-1.5 text-center">
      <Button small disabled={isFetching} onClick={() => void fetchNextPage()}>
        {isFetching ? 'Reading …' : 'Older ones'}
      </Button>
    </div>
  );
}

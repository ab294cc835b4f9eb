/** What the exchange lists, asked before a desk begins: a venue that is away or answers nonsense is named before anything trades. */
import { readReply } from '#infra/brokers/local/replies.ts';
import { Refused } from '../answer.ts';
import type { VenueInstrument } from './run-instruments.ts';

const WITHIN_MS = 5_000;

/** null: nobody answers there. Nonsense throws VenueNonsense. */
export async function instrumentsAt(url: string): Promise<readonly VenueInstrument[] | null> {
  let text: string;
  let status: number;
  try {
    const answer = await fetch(new URL('/instruments', url), { signal: AbortSignal.timeout(WITHIN_MS), redirect: 'error' });
    status = answer.status;
    text = await answer.text();
  } catch {
    return null;
  }
  if (status !== 200)
    throw new Refused(3, [`${url} answered ${status} when asked what it trades`], 'is it the exchange? npx retrace exchange starts one');
  return readReply('instruments', text).instruments;
}

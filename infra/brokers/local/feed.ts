/**
 * The exchange's trades and quotes as a feed: one chunk a message, beats, and each loss of the line told. Reads shapes only: numbers are
 * the door's to admit or refuse (streams/door.ts), which is handed in, so that every source is judged by the same one.
 */
import { Observable } from 'rxjs';
import { type InstrumentId, SECOND_US, type SourceId } from '#engine/values.ts';
import type { Observation } from '#streams/door.ts';
import type { Feed, FeedItem } from '#streams/feed.ts';
import { followStream } from './follow.ts';
import type { Streamed } from './replies.ts';
import type { BrokerClock, Wire } from './wire.ts';
import { socketWire } from './wire-sockets.ts';

export type LocalFeedOptions = Readonly<{
  source: SourceId;
  /** The exchange knows them by their ids. */
  instruments: readonly InstrumentId[];
  /** The door: what one message showed, as facts and refusals. */
  admit: (seen: readonly Observation[]) => readonly FeedItem[];
  clock: BrokerClock;
}>;

export const localFeed = (options: LocalFeedOptions & Readonly<{ url: string }>): Feed =>
  feedOver(() => socketWire(options.url, options.clock, { line: 'none' }), options);

const CONNECT_TIMEOUT_US = 5 * SECOND_US;

/** Never errors and never completes: a lost line is an input, and is connected again. Nothing is told of the first connection that holds. */
export function feedOver(openWire: () => Wire, { source, instruments, admit, clock }: LocalFeedOptions): Feed {
  return new Observable((out) => {
    const wire = openWire();
    let told: 'nothing' | 'lost' | 'restored' = 'nothing';
    let beats = 0;
    let cancelBeats: (() => void) | null = null;
    const say = (...records: Extract<FeedItem, { kind: 'inputs' }>['records']) => out.next({ kind: 'inputs', records });
    const beat = () => {
      beats += 1;
      if (cancelBeats !== null) return; // within a second of the last one told: added up
      say({ type: 'SourceBeat', source, beats });
      beats = 0;
      cancelBeats = clock.after(SECOND_US - BEAT_EARLY_US, () => {
        cancelBeats = null;
      });
    };
    const end = followStream({
      wire,
      clock,
      timeoutUs: CONNECT_TIMEOUT_US,
      channels: instruments.flatMap((id) => [`trades:${id}`, `quotes:${id}`]),
      signIn: null,
      up: () => {
        if (told === 'lost') say({ type: 'SourceRestored', source });
        told = 'restored';
      },
      down: (trouble) => {
        if (told !== 'lost') say({ type: 'SourceLost', source, why: trouble.message });
        told = 'lost';
      },
      hear: (message) => {
        if (message.is === 'beat') beat();
        else for (const item of admit(observationsIn(message, source))) out.next(item);
      },
    });
    return () => {
      end();
      cancelBeats?.();
      wire.close();
    };
  });
}

/** Beats that are a little early by our clock are still one a second. */
const BEAT_EARLY_US = SECOND_US / 10;

/** Values as they came: the door looks at each. A row of another shape is shown as it is, to be refused with an example. */
export function observationsIn(message: Streamed, source: SourceId): Observation[] {
  if (message.is !== 'trades' && message.is !== 'quotes') return [];
  const instrument = message.channel.slice(message.channel.indexOf(':') + 1);
  const base = { instrument, source, timeframeUs: 0, snapshot: false };
  if (message.is === 'quotes')
    return message.quotes.map((row) => {
      const [n, time, ...values] = Array.isArray(row) ? row : [0, 0, row];
      return { ...base, kind: 'quote', venueTime: time, venueSeq: numberIn(n), side: null, values };
    });
  return message.trades.map((row) => {
    const [n, time, price, quantity, side, ...more] = Array.isArray(row) ? row : [0, 0, row];
    const fits = (side === 'buy' || side === 'sell') && more.length === 0;
    return {
      ...base,
      kind: 'trade',
      venueTime: time,
      venueSeq: numberIn(n),
      side: fits ? side : null,
      values: fits ? [price, quantity] : [price, quantity, side],
    };
  });
}

/** Every message of this venue is numbered; 0 is no number, and the door refuses it. */
const numberIn = (n: unknown): number => (typeof n === 'number' ? n : 0);

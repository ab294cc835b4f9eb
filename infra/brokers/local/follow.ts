/**
 * One stream, followed for as long as it is wanted: signs in, subscribes, holds the numbers to be gapless, hears the silence, and connects
 * again. Says when it is up and why it is down; does not know what the messages mean.
 */
import { SECOND_US } from '#engine/values.ts';
import { readStreamed, type Streamed } from './replies.ts';
import { isTrouble, messageOf, VenueNonsense, VenueRefused, VenueUnreachable } from './trouble.ts';
import type { BrokerClock, Line, Wire } from './wire.ts';

/** Beats come each second; this long without any message is a dead line that looks alive. */
export const SILENT_US = 3 * SECOND_US;
const LOOKS = 12;
/** Deterministic: one desk reconnects, not a crowd. */
const FIRST_PAUSE_US = 100_000;
const LONGEST_PAUSE_US = 5 * SECOND_US;

export type Follow = Readonly<{
  wire: Wire;
  clock: BrokerClock;
  /** From the start of connecting to the answer to subscribe. */
  timeoutUs: number;
  channels: readonly string[];
  /** The message that signs in, made anew for each connection; null: nobody signs in. May reject: then this attempt has failed. */
  signIn: (() => Promise<string>) | null;
  up(): void;
  /** Was up, or the attempt failed; the next attempt comes by itself. */
  down(trouble: Error, wasUp: boolean): void;
  /** In order, only while up. May throw VenueNonsense: then the line is dropped. */
  hear(message: Streamed): void;
}>;

/** Returns what ends it, silently. */
export function followStream(follow: Follow): () => void {
  const { wire, clock, timeoutUs, channels, signIn, up, down, hear } = follow;
  let ended = false;
  let pauseUs = FIRST_PAUSE_US;
  let current: { drop(): void } | null = null;
  let cancelPause: () => void = () => {};

  const attempt = (): void => {
    let over = false;
    let isUp = false;
    let seq = 0;
    let quietLooks = 0;
    let line: Line | null = null;
    let cancelTimer = clock.after(timeoutUs, () => fail(new VenueUnreachable('silent while connecting')));

    const drop = (): void => {
      over = true;
      cancelTimer();
      line?.end();
    };
    const fail = (trouble: Error): void => {
      if (over) return;
      drop();
      cancelPause = clock.after(pauseUs, attempt);
      pauseUs = Math.min(LONGEST_PAUSE_US, pauseUs * 2);
      down(trouble, isUp);
    };
    const watch = (): void => {
      cancelTimer = clock.after(SILENT_US / LOOKS, () => {
        quietLooks += 1;
        if (quietLooks > LOOKS) fail(new VenueUnreachable('silent'));
        else watch();
      });
    };
    const subscribe = (): void => line?.say(JSON.stringify({ op: 'subscribe', channels }));
    const take = (message: Streamed): void => {
      switch (message.is) {
        case 'auth':
          if (!message.ok) throw new VenueRefused(message.message ?? 'the venue refused the key');
          subscribe();
          return;
        case 'subscribed':
          isUp = true;
          cancelTimer();
          watch();
          up();
          return;
        case 'error':
          throw new VenueRefused(`${message.code}: ${message.message}`);
      }
      if (message.seq !== seq + 1) throw new VenueNonsense(`message ${message.seq} after ${seq}: some were lost`);
      seq = message.seq;
      if (message.is === 'reset') throw new VenueUnreachable('the exchange began anew');
      if (!isUp) return;
      if (message.is === 'beat') pauseUs = FIRST_PAUSE_US; // a line that lives, not one that falls as soon as it stands
      hear(message);
    };

    const connect = (hello: string | null): void => {
      if (over) return;
      line = wire.listen({
        opened: () => (hello === null ? subscribe() : line?.say(hello)),
        heard: (text) => {
          if (over) return;
          quietLooks = 0;
          try {
            take(readStreamed(text));
          } catch (error) {
            if (!isTrouble(error)) throw error;
            fail(error);
          }
        },
        closed: (why) => fail(new VenueUnreachable(why)),
      });
    };
    current = { drop };
    if (signIn === null) connect(null);
    else signIn().then(connect, (error) => fail(error instanceof Error ? error : new VenueUnreachable(messageOf(error))));
  };

  attempt();
  return () => {
    if (ended) return;
    ended = true;
    cancelPause();
    current?.drop();
  };
}

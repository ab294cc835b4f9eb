/** What a running desk lets another process ask of it. The server knows no desk but this, the client asks nothing else. */
import type { Numbers } from '#engine/decisions.ts';
import type { Command } from '#engine/inputs.ts';
import type { Plain } from '#engine/record.ts';

export type Asked = Readonly<{
  /** The same key asked again is answered 'repeated', and does nothing. */
  key: string;
  by: string;
  /** The number its giver saw; a subject that changed since answers 'stale'. */
  sawSeq: number | null;
  command: Command;
}>;

export type Answered = Readonly<{
  /** The command's own number in the journal. */
  seq: number;
  ok: boolean;
  why: string;
  numbers: Numbers;
  /** The decision that answers it. */
  address: string | null;
  /** Whether command and answer would survive a power cut at the moment of answering. */
  durable: boolean;
}>;

/** live: it may go on running. ready: an order could leave; if not, every reason why not. */
export type Health = Readonly<{ live: boolean; ready: boolean; reasons: readonly string[] }>;

export type StopHow = 'graceful' | 'forced';

/** Somebody at the control socket who is told of the desk as it goes, one line after the other. */
export interface WatchPeer {
  readonly open: boolean;
  /** What waits in our memory for it. */
  readonly bufferedBytes: number;
  /** One line, without its end. `dropped`: not taken, because too much waits already or it is gone. */
  send(line: Uint8Array | string): 'sent' | 'queued' | 'dropped';
  /** It is told why, then hung up on. */
  close(reason: string): void;
}

/** What the desk is told of a watcher. */
export type WatchEnd = Readonly<{
  message(text: string): void;
  /** All that waited has left. */
  drained(): void;
  /** Told once, whoever ended it. */
  closed(): void;
}>;

export type ControlDesk = Readonly<{
  status(): Plain;
  command(asked: Asked): Promise<Answered>;
  health(): Health;
  stop(how: StopHow): void;
  /** From here on the connection is the watcher's. Null: this desk tells nobody. */
  watch(peer: WatchPeer): WatchEnd | null;
}>;

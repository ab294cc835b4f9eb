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

export type ControlDesk = Readonly<{
  status(): Plain;
  command(asked: Asked): Promise<Answered>;
  health(): Health;
  stop(how: StopHow): void;
}>;

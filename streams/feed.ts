/** What arrives: blocks of whole numbers and input bodies, before they have a number. Times of live items are the sequencer's to stamp. */
import type { Observable } from 'rxjs';
import type { INPUTS, InputType } from '#engine/inputs.ts';
import type { Block } from '#engine/market/blocks.ts';
import type { Body } from '#engine/record.ts';
import type { TimeUs } from '#engine/values.ts';

/** An input that has neither number nor arrival yet. */
export type InputBody = { [T in InputType]: Readonly<{ type: T } & Body<(typeof INPUTS)[T]>> }[InputType];
/** An input of recorded or synthetic data: the arrival is its own. */
export type TimedBody = { [T in InputType]: Readonly<{ type: T; at: TimeUs } & Body<(typeof INPUTS)[T]>> }[InputType];

/** Facts in one order: `lane` says which block owns each, and is empty when there is one block. */
export type MarketChunk = Readonly<{ kind: 'market'; blocks: readonly Block[]; lane: Uint16Array }>;

/** Live: the `at` columns of the blocks are not read. */
export type FeedItem = MarketChunk | Readonly<{ kind: 'inputs'; records: readonly InputBody[] }>;
export type Feed = Observable<FeedItem>;

/** Recorded or synthetic: every arrival is there, and never falls. */
export type Chunk = MarketChunk | Readonly<{ kind: 'inputs'; records: readonly TimedBody[] }>;

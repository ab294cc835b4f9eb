/** A journal that questions are asked of: its reader, where its moments lie, and whether somebody still wants the answer. */

import type { Decision } from '#engine/decisions.ts';
import type { Payload } from '#engine/journal/frame.ts';
import type { JournalReader, StoredFrame } from '#engine/journal/port.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { Seq } from '#engine/values.ts';
import { readStory, type Story } from '#replay/story.ts';
import type { NamedReader } from '../compose/kafka-place.ts';
import { Milestones } from './milestones.ts';

/** Nobody waits for the answer any more. */
export class QuestionDropped extends Error {
  override readonly name = 'QuestionDropped';
}

export type Stop = () => boolean;

export class OpenJournal {
  readonly folder: string;
  readonly catalogue: StrategyCatalogue;
  readonly #open: () => NamedReader;
  #milestones = new Milestones();

  constructor(folder: string, open: () => NamedReader, catalogue: StrategyCatalogue) {
    this.folder = folder;
    this.catalogue = catalogue;
    this.#open = open;
  }

  reader(): NamedReader {
    return this.#open();
  }

  /** Up to date with what is on the disk now. Segments that were archived meanwhile are forgotten with all else. */
  async milestones(): Promise<Milestones> {
    try {
      await this.#milestones.catchUp(this.#open());
    } catch (error) {
      if ((error as Error).name !== 'JournalMoved') throw error;
      this.#milestones = new Milestones();
      await this.#milestones.catchUp(this.#open());
    }
    return this.#milestones;
  }

  /** Frames as they are stored, until somebody has enough. */
  async *frames(from: number, fromCheckpoint: boolean, stop: Stop): AsyncGenerator<StoredFrame, void, undefined> {
    for await (const stored of this.#open().frames(from as Seq, fromCheckpoint)) {
      if (stop()) throw new QuestionDropped('nobody waits for it');
      yield stored;
    }
  }

  /**
   * Every decision from about a number on, with the definitions that give it meaning, until `each` has enough. It begins at the checkpoint before, so
   * some are of lower numbers: they are told too.
   */
  async decisions(from: number, stop: Stop, each: (decision: Decision, story: Story) => 'on' | 'enough'): Promise<void> {
    let enough = false;
    const frames = (start: number, checkpoint: boolean) => this.frames(start, checkpoint, stop);
    const reader: JournalReader = {
      async *frames(start = 0 as Seq, checkpoint = false) {
        // market frames are left out: they are most of a journal, and no decision stands in one
        for await (const stored of frames(start, checkpoint)) {
          if (enough) return;
          if (stored.frame.kind !== 'market') yield stored;
        }
      },
      follow: () => {
        throw new Error('a question has an end');
      },
    };
    await readStory(reader, {
      from,
      keep: () => false,
      seen: (decision, story) => {
        if (!enough && each(decision, story) === 'enough') enough = true;
      },
      enough: (_story: Story, _next: Payload) => enough,
    });
  }
}

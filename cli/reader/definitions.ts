/** Which instruments were defined, and how, before a number: from the checkpoint before it, and what came since. */
import type { Instrument } from '#engine/market/instrument.ts';
import type { Story } from '#replay/story.ts';
import { readStory } from '#replay/story.ts';
import type { OpenJournal, Stop } from './open-journal.ts';

export async function definitionsBefore(journal: OpenJournal, seq: number, stop: Stop): Promise<Map<string, Instrument>> {
  let begun = false;
  const story: Story = await readStory(
    {
      async *frames() {
        for await (const stored of journal.frames(Math.max(0, seq - 1), true, stop)) {
          if (stored.frame.kind !== 'market') yield stored;
          else if (stored.frame.first >= seq) return;
        }
      },
      follow: () => {
        throw new Error('a question has an end');
      },
    },
    {
      from: seq,
      keep: () => false,
      enough: ({ seq: at }) => {
        if (at >= seq) begun = true;
        return begun;
      },
    },
  );
  return new Map(story.instruments);
}

/** The decisions of a journal from a number on, as sentences. */
import type { JournalReader } from '#engine/journal/port.ts';
import { readStory } from '#replay/story.ts';
import { tell } from '#replay/tell.ts';
import type { Link } from '#replay/words.ts';

export async function decisionsFrom(reader: JournalReader, from: number, count: number): Promise<Link[]> {
  let kept = 0;
  const story = await readStory(reader, {
    from,
    keep: (decision) => decision.cause >= from && kept++ < count,
    enough: () => kept >= count,
  });
  return story.decisions.slice(0, count).map((decision) => tell(decision, story.measures));
}

/** The desks of a topic in Kafka, as `journal ls` tells them: by their first and their newest records, whole journals are not read for a list. */
import { kafkaAddress } from '#infra/kafka/address.ts';
import { desksAt } from '#infra/kafka/open-kafka.ts';
import type { Answer } from '../answer.ts';
import { grouped } from '../screen/desk-screen.ts';
import { table } from '../screen/state-text.ts';
import { manifestOf, readerIn } from './journal-reader.ts';
import { kafkaPlaceAt } from './kafka-place.ts';

export async function listTopic(address: string): Promise<Answer> {
  const topic = address.replace(/\/$/, '');
  const { settings } = kafkaPlaceAt(kafkaAddress(topic).desk === null ? `${topic}/any` : topic);
  const held = await desksAt(settings);
  const journals = await Promise.all(
    held.map(async ({ desk, partition, records, seq, clean }) => {
      const path = kafkaPlaceAt(`kafka://${settings.brokers.join(',')}/${settings.topic}/${encodeURIComponent(desk)}`).address;
      const manifest = await manifestOf(readerIn(path)).catch(() => null);
      const kind = (manifest as { run?: string } | null)?.run ?? 'unknown';
      return { path, kind, desk, partition, records, seq, clean };
    }),
  );
  const n = (value: number) => grouped(String(value));
  const rows = journals.map(({ path, kind, desk, partition, records, seq, clean }) => [
    path,
    kind,
    desk,
    `partition ${partition}`,
    n(seq),
    `${n(records)} records`,
    clean ? 'closed' : 'open or cut off',
  ]);
  return {
    ok: true,
    fields: { journals, unreadable: [] },
    text: [
      ...(rows.length > 0
        ? table([['journal', 'kind', 'desk', '', 'numbers', 'size', ''], ...rows])
        : [`No desk lies in topic ${settings.topic}.`]),
      `next: npx retrace ${rows.length === 0 ? `journal copy <journal> ${topic}` : `verify ${journals.at(-1)!.path}`}`,
    ],
  };
}

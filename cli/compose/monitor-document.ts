/** All that a running desk tells its watchers, as it is at one moment. */
import type { Line } from '#gateway/contracts/line.ts';
import { TOPICS, type TopicName } from '#gateway/contracts/live.ts';
import { DESK_ROWS, type RowOf } from '#gateway/contracts/rows.ts';
import { type Answer, Refused } from '../answer.ts';
import { watchDesk } from './watched-desk.ts';

/** Rows of each topic, each with what it is about and its key. */
export async function watchAsDocument(named: string | null): Promise<Answer> {
  let look = (): void => {};
  const watched = await watchDesk(named, { changed: () => look() }, (line) => {
    for (const topic of WHOLE) line.watch(topic, '*');
  });
  const { line } = watched;
  /** Null until it is known which instruments there are. */
  let of: readonly string[] | null = null;
  const missing = (): string[] => [
    ...WHOLE.filter((topic) => line.places(topic, '*').length === 0),
    // where an instrument has none of it, the desk says that there is no such thing
    ...(of ?? []).flatMap((one) =>
      BY_INSTRUMENT.filter((topic) => line.places(topic, one).length === 0 && line.refusal(topic, one) === null),
    ),
  ];
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const late = (): Refused =>
        new Refused(
          3,
          [`desk ${watched.desk} did not tell within ${WHOLE_WITHIN_MS / 1_000} s: ${[...new Set(missing())].join(', ')}`],
          `npx retrace status ${watched.desk}`,
        );
      timer = setTimeout(() => reject(late()), WHOLE_WITHIN_MS);
      look = () => {
        if (of === null && line.places('feeds', '*').length > 0) {
          of = instrumentsOf(line);
          for (const one of of) for (const topic of BY_INSTRUMENT) line.watch(topic, one);
        }
        if (of !== null && missing().length === 0) resolve();
      };
      look();
    });
    const { seq, at, durable, welcome } = line;
    return {
      ok: true,
      fields: { desk: watched.desk, mode: welcome!.mode, seq, at, durable, topics: topicsOf(line, of!) },
      text: [],
    };
  } finally {
    clearTimeout(timer);
    look = () => {};
    watched.close();
  }
}

const WHOLE_WITHIN_MS = 10_000;
const BY_INSTRUMENT: readonly TopicName[] = ['quotes', 'trades', 'candles', 'book'];
const WHOLE: readonly TopicName[] = TOPICS.filter((topic) => topic in DESK_ROWS && !BY_INSTRUMENT.includes(topic));

const instrumentsOf = (line: Line): string[] => [
  ...new Set(
    line.places('feeds', '*').flatMap(({ followed }) => [...followed.rows.values()].map((row) => (row as RowOf<'feeds'>).instrument)),
  ),
];

function topicsOf(
  line: Line,
  instruments: readonly string[],
): Record<string, readonly Readonly<{ of: string; key: string; row: unknown }>[]> {
  const told = (topic: TopicName, of: string) =>
    line.places(topic, of).flatMap(({ followed }) => [...followed.rows].map(([key, row]) => ({ of, key, row })));
  return Object.fromEntries([
    ...WHOLE.map((topic) => [topic, told(topic, '*')] as const),
    ...BY_INSTRUMENT.map((topic) => [topic, instruments.flatMap((of) => told(topic, of))] as const),
  ]);
}

/** A part of a run that is a long list: read a page at a time, further as somebody comes near its end. */
import { usePages } from '../../asked.ts';
import { Answer } from '../../ui/answers.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty } from '../../ui/states.tsx';
import { type LongColumn, LongTable } from './long-table.tsx';

type Said<Row> = Readonly<{ items: Row[]; next: string | null; total: number }>;
type Props<Row> = Readonly<{
  title: string;
  /** Of the part, as the API has it. */
  path: string;
  nothing: string;
  columns: readonly LongColumn<Row>[];
  keyOf: (row: Row) => string;
}>;

export function RunList<Row>({ title, path, nothing, columns, keyOf }: Props<Row>) {
  const asked = usePages<Row, Said<Row>>(`${path}?limit=500`);
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = asked;
  const rows = data?.pages.flatMap(({ items }) => items) ?? [];
  const total = data?.pages[0]?.total ?? 0;
  return (
    <Panel title={title} {...(data === undefined ? {} : { count: total })}>
      <Answer of={asked} lines={5} what="Playing the run again">
        {() =>
          rows.length === 0 ? (
            <Empty title={nothing} />
          ) : (
            <LongTable
              {...{ label: title, columns, rows, total, keyOf }}
              more={hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : null}
            />
          )
        }
      </Answer>
    </Panel>
  );
}

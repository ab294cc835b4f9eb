/** What is held, and what it gained: each number as the books have it. */
import { Layers } from 'lucide-react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { useRows } from '../../live/live.ts';
import type { Told } from '../../live/store.ts';
import { Figure } from '../../ui/figure.tsx';
import { useHold } from '../../ui/hold.ts';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Rows } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';

type Row = Told<RowOf<'positions'>>;

const COLUMNS: readonly Column<Row>[] = [
  {
    name: 'Instrument',
    cell: ({ row }) => (
      <>
        <span className="font-medium whitespace-nowrap">{row.instrument}</span>
        <br />
        <span className="text-2xs whitespace-nowrap text-faint">{row.strategy}</span>
      </>
    ),
  },
  { name: 'Lots', right: true, cell: ({ row, seq }) => <Figure text={row.lots} seq={seq} /> },
  { name: 'Price', right: true, wide: true, cell: ({ row }) => <Figure text={row.price} /> },
  {
    name: 'Value, of cost',
    right: true,
    wide: true,
    cell: ({ row }) => (
      <>
        <Figure text={row.value} />
        <br />
        <Figure text={row.cost} className="text-2xs text-faint" />
      </>
    ),
  },
  { name: 'Unrealised', right: true, cell: ({ row }) => <Figure text={row.unrealised} signed /> },
  { name: 'Realised', right: true, cell: ({ row, seq }) => <Figure text={row.realised} signed seq={seq} /> },
];

export function Positions() {
  const hold = useHold();
  const positions = hold.keep(useRows('positions'));
  return (
    <Panel title="Positions" hold={hold} {...(positions.known ? { count: positions.rows.length } : {})}>
      <Rows of={positions} empty={<Empty icon={Layers} title="Nothing is held." />}>
        {(rows) => <Table label="Positions" columns={COLUMNS} rows={rows} keyOf={({ key }) => key} />}
      </Rows>
    </Panel>
  );
}

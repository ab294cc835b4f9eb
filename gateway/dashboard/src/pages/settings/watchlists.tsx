/** Lists of instruments that are looked at together: made, filled, put in order, taken away. They are this browser's own. */
import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useInstruments } from '../../asked.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty } from '../../ui/states.tsx';
import { changeLists, moved, nameFault, toggled, useWatchlists, type Watchlist, withList, withoutList } from '../../watchlists.ts';

export function Watchlists() {
  const lists = useWatchlists();
  const { data } = useInstruments();
  const there = data?.items.map(({ instrument }) => instrument) ?? [];
  return (
    <Panel title="Watchlists" count="in this browser">
      {lists.length === 0 ? (
        <Empty title="There is no list yet.">The page Now shows every instrument; with lists, those of one, in its order.</Empty>
      ) : (
        lists.map((list) => <List key={list.name} list={list} there={there} />)
      )}
      <Maker />
    </Panel>
  );
}

function List({ list: { name, instruments }, there }: Readonly<{ list: Watchlist; there: readonly string[] }>) {
  const left = there.filter((id) => !instruments.includes(id));
  return (
    <section aria-label={`Watchlist ${name}`} data-list={name} className="border-t border-line/60 px-3 py-2 first:border-t-0">
      <div className="flex items-center gap-2">
        <h3 className="text-sm font-medium">{name}</h3>
        <Button small look="quiet" className="ml-auto" onClick={() => changeLists((all) => withoutList(all, name))}>
          Take it away
        </Button>
      </div>
      <ol className="mt-1 flex flex-col">
        {instruments.map((id, place) => (
          <li key={id} className="flex items-center gap-1 border-t border-line/40 py-0.5 text-sm first:border-t-0">
            <span className="figure">{id}</span>
            {there.length > 0 && !there.includes(id) ? <span className="text-xs text-faint">not of this desk</span> : null}
            <span className="ml-auto" />
            <Step label={`${id} earlier`} off={place === 0} run={() => changeLists((all) => moved(all, name, id, -1))}>
              <ChevronUp aria-hidden className="size-4" />
            </Step>
            <Step label={`${id} later`} off={place === instruments.length - 1} run={() => changeLists((all) => moved(all, name, id, 1))}>
              <ChevronDown aria-hidden className="size-4" />
            </Step>
            <Step label={`${id} out of ${name}`} run={() => changeLists((all) => toggled(all, name, id))}>
              <X aria-hidden className="size-4" />
            </Step>
          </li>
        ))}
      </ol>
      {left.length === 0 ? null : (
        <div className="mt-1 flex flex-wrap gap-1">
          {left.map((id) => (
            <Button key={id} small look="quiet" onClick={() => changeLists((all) => toggled(all, name, id))}>
              + {id}
            </Button>
          ))}
        </div>
      )}
    </section>
  );
}

const Step = ({
  label,
  off = false,
  run,
  children,
}: Readonly<{ label: string; off?: boolean; run: () => void; children: React.ReactNode }>) => (
  <button
    type="button"
    aria-label={label}
    title={label}
    disabled={off}
    onClick={run}
    className="rounded p-1 text-dim hover:bg-raised disabled:opacity-30"
  >
    {children}
  </button>
);

function Maker() {
  const lists = useWatchlists();
  const [name, setName] = useState('');
  const [asked, setAsked] = useState(false);
  const fault = nameFault(lists, name);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setAsked(fault !== null);
    if (fault !== null) return;
    changeLists((all) => withList(all, name));
    setName('');
  };
  return (
    <form onSubmit={submit} noValidate className="flex items-start gap-2 border-t border-line/60 px-3 py-2">
      <div className="flex-1">
        <Field label="A new list" value={name} fault={asked ? fault : null} onChange={({ target }) => setName(target.value)} />
      </div>
      <Button small type="submit" className="mt-6">
        Make it
      </Button>
    </form>
  );
}

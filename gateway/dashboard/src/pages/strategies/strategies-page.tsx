/** Strategies: which there are, what each does, its text written and checked, its versions beside each other, and a backtest of it. */
import { ArrowLeft, FileText, Lock } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useRef } from 'react';
import type { RestStrategyDetail } from '#gateway/contracts/rest-strategies.ts';
import { useActions } from '../../shell/actions.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Page, Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { useView } from '../../view.ts';
import { About } from './about.tsx';
import { UNNAMED } from './drafts.ts';
import { List } from './list.tsx';
import { Progress } from './run/progress.tsx';
import { RunForm } from './run/run-form.tsx';
import { useStrategies, useStrategy } from './strategies-asked.ts';
import { chosenIn, type Group, groupsOf, short } from './strategy-groups.ts';
import { Versions } from './versions.tsx';

const DocumentText = lazy(() => import('./document-text.tsx').then(({ DocumentText }) => ({ default: DocumentText })));
const ProgramView = lazy(() => import('./editor/program-view.tsx').then(({ ProgramView }) => ({ default: ProgramView })));

/** In the address: one that has no name yet. */
const NEW = 'new';

const PARTS = [
  ['text', 'Text', '1', 'Its text'],
  ['about', 'About', '2', 'What it is, and its parameters'],
  ['versions', 'Versions', '3', 'Its versions, beside each other'],
  ['run', 'Run', '4', 'A backtest of it'],
] as const;
type Part = (typeof PARTS)[number][0];

export function StrategiesPage() {
  const [view, change] = useView();
  const listed = useStrategies();
  const box = useRef<HTMLInputElement>(null);
  const named = view['strategy'] ?? null;
  const groups = listed.data === undefined ? [] : groupsOf(listed.data.items);
  const chosen = named === null ? null : chosenIn(groups, named);
  const part = PARTS.find(([name]) => name === view['part'])?.[0] ?? 'text';
  const open = (strategy: string | null, more: Readonly<{ part?: Part }> = {}): void =>
    change({ strategy, part: more.part ?? view['part'] ?? null, before: null, after: null, backtest: null }, { step: true });
  const show = (part: Part): void => change({ part: part === 'text' ? null : part });
  const step = (by: 1 | -1) => (): void => {
    const place = groups.findIndex(({ key }) => key === chosen?.group.key);
    const next = groups[place < 0 ? 0 : Math.min(groups.length - 1, Math.max(0, place + by))];
    if (next !== undefined) open(next.head.strategy);
  };
  const none = named === null ? 'choose a strategy first' : null;
  useActions([
    { id: 'find-strategy', name: 'Search strategies', group: 'Strategies', keys: '/', run: () => box.current?.focus() },
    { id: 'next-strategy', name: 'The next strategy', group: 'Strategies', keys: ']', run: step(1) },
    { id: 'previous-strategy', name: 'The one before', group: 'Strategies', keys: '[', run: step(-1) },
    {
      id: 'new-strategy',
      name: 'Write a strategy',
      group: 'Strategies',
      keys: 'n',
      words: 'new document',
      run: () => open(NEW, { part: 'text' }),
    },
    ...groups.map(({ key, name, kind, head }) => ({
      ...{ id: `open-${key}`, name: `Open ${name}`, group: 'Strategies', keys: null, words: `${kind} ${head.about}` },
      run: () => open(head.strategy),
    })),
    ...PARTS.map(([name, , key, says]) => ({
      id: `part-${name}`,
      name: says,
      group: 'Strategies',
      keys: key,
      blocked: none,
      run: () => show(name),
    })),
  ]);
  return (
    <Page title="Strategies" className="lg:h-full">
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] gap-2 lg:grid-cols-[17rem_minmax(0,1fr)] 2xl:grid-cols-[20rem_minmax(0,1fr)]">
        {listed.error !== null ? (
          <Failed error={listed.error} again={() => void listed.refetch()} />
        ) : listed.data === undefined ? (
          <Panel title="Strategies" className={named === null ? '' : 'max-lg:hidden'}>
            <Loading lines={8} what="Looking for strategies" />
          </Panel>
        ) : (
          <List
            groups={groups}
            chosen={chosen?.group.key ?? null}
            choose={(strategy) => open(strategy)}
            words={view['q'] ?? ''}
            search={(q) => change({ q: q === '' ? null : q })}
            box={box}
            begin={() => open(NEW, { part: 'text' })}
            className={named === null ? '' : 'max-lg:hidden'}
          />
        )}
        <div className={`flex min-h-0 flex-col gap-2 ${named === null ? 'max-lg:hidden' : ''}`}>
          {named === null ? null : (
            <div className="lg:hidden">
              <Button small look="quiet" onClick={() => open(null)}>
                <ArrowLeft aria-hidden className="size-3.5" /> All strategies
              </Button>
            </div>
          )}
          {named === null ? (
            <Panel title="Nothing is chosen" className="flex-1">
              <Empty icon={FileText} title="Choose a strategy, or write one.">
                A document of a few lines is a whole strategy: what to enter on, when to leave, how much. It is checked while you write.
              </Empty>
            </Panel>
          ) : named === NEW ? (
            <Fresh kept={(version) => open(short(version))} />
          ) : listed.data === undefined ? null : (
            <Chosen key={chosen?.group.key ?? named} named={named} group={chosen?.group ?? null} part={part} show={show} open={open} />
          )}
        </div>
      </div>
    </Page>
  );
}

/** What a new document begins with: whole, and small enough to be changed everywhere. */
const TEMPLATE = `name: my-strategy
about: Buys when the fast average crosses above the slow one, and leaves when it crosses back.
parameters:
  fast: { type: whole, standard: 12, range: 2..200, about: bars of the fast average }
  slow: { type: whole, standard: 26, range: 3..400, about: bars of the slow average }
entries:
  long: cross_above(ema(close, fast), ema(close, slow))
exits:
  long: cross_below(ema(close, fast), ema(close, slow))
sizing: { risk_percent: 0.5 }
stop: { atr: 2 }
`;

const Fresh = ({ kept }: Readonly<{ kept: (version: string) => void }>) => (
  <>
    <Head title="A new strategy" badges={<Badge tone="calm">document</Badge>} />
    <Waiting>
      <DocumentText draftOf={UNNAMED} source={TEMPLATE} version={null} name={null} kept={kept} />
    </Waiting>
  </>
);

type ChosenProps = Readonly<{
  named: string;
  group: Group | null;
  part: Part;
  show: (part: Part) => void;
  open: (strategy: string | null, more?: Readonly<{ part?: Part }>) => void;
}>;

function Chosen({ named, group, part, show, open }: ChosenProps) {
  const [view, change] = useView();
  const found = useStrategy(named, { kept: true });
  if (found.error !== null)
    return found.error.status === 404 ? (
      <Panel title={named}>
        <Empty icon={FileText} title="There is no strategy of that name.">
          It may be called otherwise now, or was taken away.
        </Empty>
      </Panel>
    ) : (
      <Failed error={found.error} again={() => void found.refetch()} />
    );
  if (found.data === undefined || group === null) return <Loading lines={8} />;
  const of = found.data;
  const tools = (
    <nav aria-label={`Parts of ${of.name}`} className="flex flex-wrap gap-1">
      {PARTS.map(([name, title, key]) => (
        <button
          key={name}
          type="button"
          aria-current={part === name || undefined}
          title={`${title} (${key})`}
          onClick={() => show(name)}
          className={`h-7 rounded-[5px] px-2.5 text-sm ${part === name ? 'bg-raised font-medium text-ink' : 'text-dim hover:bg-raised/60 hover:text-ink'}`}
        >
          {title}
          {name === 'versions' && group.rows.length > 1 ? <span className="figure text-faint"> {group.rows.length}</span> : null}
        </button>
      ))}
    </nav>
  );
  return (
    <>
      <Head
        title={of.name}
        tools={tools}
        badges={
          <>
            <Badge tone="calm">{of.kind}</Badge>
            {of.deployed.length === 0 ? null : <Badge tone="good">runs as {of.deployed.join(', ')}</Badge>}
            <span className="figure text-xs text-faint" title={of.version}>
              {short(of.version)}
            </span>
          </>
        }
      />
      {part === 'about' ? (
        <About of={of} />
      ) : part === 'versions' ? (
        <Versions of={of} group={group} open={(strategy) => open(strategy === '' ? null : strategy)} text={() => show('text')} />
      ) : part === 'run' ? (
        <>
          {view['backtest'] === undefined ? null : <Progress of={view['backtest']} close={() => change({ backtest: null })} />}
          <RunForm of={of} blocked={notHere(of)} begun={({ backtest }) => change({ backtest })} />
        </>
      ) : of.kind === 'document' && of.source !== null ? (
        <Waiting>
          <DocumentText
            draftOf={group.name}
            source={of.source}
            version={of.version}
            name={of.name}
            kept={(version) => open(short(version))}
          />
        </Waiting>
      ) : (
        <Program of={of} />
      )}
    </>
  );
}

/** What REST takes names no file: one that is shipped as a file is kept under its version first. */
const notHere = ({ strategy }: RestStrategyDetail): string | null =>
  /\.(ts|yaml)$/.test(strategy) ? `it is shipped as a file; at the machine: npx retrace backtest strategies/${strategy}` : null;

function Program({ of }: Readonly<{ of: RestStrategyDetail }>) {
  return (
    <Panel title="Program" className="min-h-[26rem] flex-1" bodyClass="flex flex-col">
      <p className="flex items-start gap-2 border-b border-line/60 px-3 py-2 text-dim">
        <Lock aria-hidden className="mt-0.5 size-4 shrink-0 text-faint" />
        <span>
          A program is code, and code enters at the machine only, by whoever may run it there:{' '}
          <code className="figure whitespace-normal">npx retrace strategy check mine.ts</code> and a deployment. What a document can say can
          be written here.
        </span>
      </p>
      {of.source === null ? (
        <Empty icon={FileText} title="Its text is part of this build.">
          It lies with the sources of this build, engine/strategy; its version is the hash of them.
        </Empty>
      ) : (
        <div className="min-h-0 flex-1 overflow-hidden rounded-b-lg">
          <Waiting>
            <ProgramView label={`Text of ${of.name}`} text={of.source} />
          </Waiting>
        </div>
      )}
    </Panel>
  );
}

const Head = ({ title, badges, tools }: Readonly<{ title: string; badges: ReactNode; tools?: ReactNode }>) => (
  <header className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 px-1">
    <h2 className="figure text-base font-semibold break-all whitespace-normal">{title}</h2>
    <span className="flex flex-wrap items-center gap-2">{badges}</span>
    <div className="ml-auto">{tools}</div>
  </header>
);

const Waiting = ({ children }: Readonly<{ children: ReactNode }>) => (
  <Suspense fallback={<Loading lines={10} what="Opening the editor" />}>{children}</Suspense>
);

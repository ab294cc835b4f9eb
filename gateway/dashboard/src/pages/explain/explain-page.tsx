/** Why: a decision, an order, a number, or a moment at which nothing happened; the chain of its causes down to the tick, and the machine it moved. */
import { HelpCircle, Search } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { type Explanation, useAsked } from '../../asked.ts';
import { useLine } from '../../live/live.ts';
import { Button } from '../../ui/button.tsx';
import { BOX } from '../../ui/field.tsx';
import { LongText } from '../../ui/long-text.tsx';
import { Page, Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { useView } from '../../view.ts';
import { isoOf } from '../../zone.ts';
import { Chain } from './chain.tsx';
import { JournalCheck } from './journal-check.tsx';
import { MachineBeside } from './machine-beside.tsx';
import { hasMachine } from './machine-of.ts';

export function ExplainPage() {
  const [view, change] = useView();
  const what = view['what'] ?? null;
  const asked = useAsked<Explanation>(what === null ? null : `/api/v1/explain/${encodeURIComponent(what)}`);
  return (
    <Page title="Explain" className="lg:h-full">
      <Ask what={what} ask={(next) => change({ what: next, step: null }, { step: true })} />
      {what === null ? (
        <Panel title="Explain">
          <Empty icon={HelpCircle} title="Ask why.">
            By the number of a decision or an order (8412077.3), by a number of the journal (8412077), by a client order id, or by a time:
            10:32 asks what happened in that minute, and why nothing did.
          </Empty>
        </Panel>
      ) : asked.error !== null ? (
        <Failed error={asked.error} again={() => void asked.refetch()} />
      ) : asked.data === undefined ? (
        <Panel title={`Why ${what}`}>
          <p className="px-3 pt-3 text-dim">
            Reading the journal, and running the desk up to there where the record alone does not say it …
          </p>
          <Loading lines={6} what="Reading the journal" />
        </Panel>
      ) : (
        <Answer of={asked.data} chosen={view['step'] ?? null} choose={(step) => change({ step })} again={() => void asked.refetch()} />
      )}
    </Page>
  );
}

function Ask({ what, ask }: Readonly<{ what: string | null; ask: (what: string) => void }>) {
  const { at } = useLine();
  const [text, setText] = useState(what ?? '');
  useEffect(() => setText(what ?? ''), [what]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== '') ask(text.trim());
  };
  // the minute before the one that is under way: it is over, and whole
  const minute = at === 0 ? null : `${isoOf(at - 60_000_000).slice(0, 16)}Z`;
  return (
    <form
      onSubmit={submit}
      aria-label="Ask why"
      className="flex flex-wrap items-center gap-2 rounded-lg border border-line bg-panel px-3 py-2"
    >
      <label htmlFor="why" className="text-sm font-semibold">
        Why
      </label>
      <input
        id="why"
        value={text}
        onChange={({ target }) => setText(target.value)}
        spellCheck={false}
        placeholder="8412077.3, 8412077, 10:32, 2026-01-05T10:32:00Z"
        className={`${BOX} figure min-w-52 flex-1`}
      />
      <Button look="main" type="submit">
        <Search aria-hidden className="size-3.5" /> Ask
      </Button>
      {minute === null ? null : (
        <Button title={`what happened in ${minute}, and why nothing did`} onClick={() => ask(minute)}>
          The last whole minute
        </Button>
      )}
    </form>
  );
}

type AnswerProps = Readonly<{ of: Explanation; chosen: string | null; choose: (step: string) => void; again: () => void }>;

function Answer({ of: { ok, subject, sentence, chain }, chosen, choose, again }: AnswerProps) {
  const standard = chain.findLastIndex(hasMachine);
  const place = chosen === null ? (standard === -1 ? chain.length - 1 : standard) : Number(chosen);
  const step = chain[place] ?? null;
  const number = step === null ? null : Number.parseInt(step.address, 10);
  if (!ok)
    return (
      <Panel title={`Why ${subject}`}>
        <Empty icon={HelpCircle} title={sentence}>
          What was decided a moment ago may not be read yet.
        </Empty>
        <p className="pb-4 text-center">
          <Button onClick={again}>Ask again</Button>
        </p>
      </Panel>
    );
  return (
    <>
      <Panel title={`Why ${subject}`}>
        <div data-sentence className="max-w-[110ch] px-3 py-2.5 text-base">
          <LongText text={sentence} />
        </div>
      </Panel>
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] gap-2 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <Chain of={chain} chosen={place} choose={(next) => choose(String(next))} />
        <div className="flex min-h-0 flex-col gap-2 lg:overflow-y-auto">
          <Panel title="The machine" className="shrink-0">
            {step === null ? <Empty title="No step is chosen." /> : <MachineBeside of={step} />}
          </Panel>
          <Panel
            title="The record"
            className="shrink-0"
            {...(number === null || Number.isNaN(number) ? {} : { count: `number ${number}` })}
          >
            {number === null || Number.isNaN(number) ? (
              <Empty title="This step stands under no number." />
            ) : (
              <JournalCheck number={number} />
            )}
          </Panel>
        </div>
      </div>
    </>
  );
}

/** The life of one order from what led to it to its end, each step a way to its reasons. Read anew when the desk tells that it moved. */
import { useQueryClient } from '@tanstack/react-query';
import { Pencil, Route, X } from 'lucide-react';
import { useEffect } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { type OrderLife, useAsked } from '../../asked.ts';
import { Button } from '../../ui/button.tsx';
import { Figure } from '../../ui/figure.tsx';
import { LongText } from '../../ui/long-text.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { WhyLink } from '../../ui/why-link.tsx';
import { span } from '../../zone.ts';
import { foldedFills, type Kind, microsOf, type Step, stepsOf } from './life-steps.ts';
import { OrderState, Side } from './order-cells.tsx';
import { sayState } from './order-states.ts';

type Props = Readonly<{
  of: string | null;
  /** As it is told over the line; null once it is told no more. */
  live: RowOf<'orders'> | null;
  close: () => void;
  change: (() => void) | null;
  cancel: (() => void) | null;
}>;

export function Life({ of, live, close, change, cancel }: Props) {
  const path = of === null ? null : `/api/v1/orders/${of}`;
  const asked = useAsked<OrderLife>(path);
  const queries = useQueryClient();
  const moved = live?.movedBy ?? null;
  const known = asked.data?.order.movedBy ?? null;
  useEffect(() => {
    if (path === null || moved === null || known === null || moved <= known) return;
    // the reading of the journal follows the desk by a moment
    const timer = window.setTimeout(() => void queries.invalidateQueries({ queryKey: [path] }), AFTER_MS);
    return () => window.clearTimeout(timer);
  }, [path, moved, known, queries]);
  if (of === null)
    return (
      <Panel title="Its life" className="max-lg:hidden">
        <Empty icon={Route} title="Choose an order to see its life.">
          What led to it, every clause it passed, what was asked of the venue, what it said, and each fill.
        </Empty>
      </Panel>
    );
  const order = asked.data?.order;
  const state = live?.state ?? order?.state;
  return (
    <Panel
      title="Its life"
      count={of}
      className="max-lg:order-first"
      bodyClass="overflow-y-auto"
      tools={
        <>
          {change === null ? null : (
            <Button small onClick={change} title="e">
              <Pencil aria-hidden className="size-3" /> Change …
            </Button>
          )}
          {cancel === null ? null : (
            <Button small onClick={cancel} title="x">
              Cancel …
            </Button>
          )}
          <Button small look="quiet" aria-label="Close this order" onClick={close}>
            <X aria-hidden className="size-3.5" />
          </Button>
        </>
      }
    >
      {asked.error !== null && asked.data === undefined ? (
        <div className="p-3">
          <Failed error={asked.error} again={() => void asked.refetch()} />
        </div>
      ) : asked.data === undefined || order === undefined || state === undefined ? (
        <Loading lines={8} what="Reading its life" />
      ) : (
        <>
          <div className="border-b border-line/60 px-3 py-2">
            <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-base">
              <Side of={order.side} />
              <Figure text={live?.filled ?? order.filled} /> of <Figure text={live?.lots ?? order.lots} />
              <span className="font-medium">{order.instrument}</span>
              <OrderState of={state} />
            </p>
            <p className="text-xs text-dim">{sayState(state)}</p>
            <LongText text={asked.data.sentence} className="mt-1.5" />
            <p className="mt-1 text-xs">
              <WhyLink of={of}>Why, down to the tick</WhyLink>
            </p>
          </div>
          <Timeline steps={stepsOf(asked.data.life)} />
        </>
      )}
    </Panel>
  );
}
const AFTER_MS = 400;

const DOTS: Readonly<Record<Kind, string>> = {
  cause: 'bg-edge',
  approved: 'bg-good',
  terms: 'bg-line',
  asked: 'bg-accent',
  answer: 'bg-mode',
  move: 'bg-edge',
  fill: 'bg-accent',
  money: 'bg-line',
  end: 'bg-ink',
};

const Timeline = ({ steps }: Readonly<{ steps: readonly Step[] }>) => (
  <ol aria-label="Steps of its life" className="py-1">
    {foldedFills(steps).map((part) =>
      Array.isArray(part) ? <Fills key={`fills ${keyOf(part[0]!)}`} of={part} /> : <Line key={keyOf(part as Step)} of={part as Step} />,
    )}
  </ol>
);

const keyOf = ({ link }: Step): string => `${link.address} ${link.type} ${link.what}`;

/** A market order may fill a hundred times in a second: they are one line until somebody opens it. */
function Fills({ of }: Readonly<{ of: readonly Step[] }>) {
  const fills = of.filter(({ kind }) => kind === 'fill');
  const [first, last] = [fills[0]!, fills.at(-1)!];
  return (
    <li className="relative pl-8">
      <span aria-hidden className="absolute top-0 bottom-0 left-[17px] w-px bg-line" />
      <span aria-hidden className="absolute top-2.5 left-[13px] size-[9px] rounded-full bg-accent ring-2 ring-panel" />
      <details>
        <summary className="py-1">
          <span className="font-semibold">{fills.length} fills</span>{' '}
          <span className="text-xs text-faint">
            <Moment us={microsOf(first.link.at)} detail="micros" /> to <Moment us={microsOf(last.link.at)} detail="micros" />
          </span>
        </summary>
        <ol>
          {of.map((step) => (
            <Line key={keyOf(step)} of={step} />
          ))}
        </ol>
      </details>
    </li>
  );
}

const Line = ({ of: step }: Readonly<{ of: Step }>) => (
  <li data-step={step.kind} data-state={step.state ?? undefined} className="relative px-3 py-1 pl-8">
    <span aria-hidden className="absolute top-0 bottom-0 left-[17px] w-px bg-line" />
    <span
      aria-hidden
      className={`absolute top-2.5 left-[13px] size-[9px] rounded-full ring-2 ring-panel ${step.state === 'UNKNOWN' ? 'bg-warn' : DOTS[step.kind]}`}
    />
    <div className="flex flex-wrap items-baseline gap-x-2">
      {step.state === null ? <span className="font-semibold">{step.title}</span> : <OrderState of={step.state} />}
      <span className="text-xs text-faint">
        <Moment us={microsOf(step.link.at)} detail="micros" />
        {step.afterUs < 1_000 ? null : <span> · {span(step.afterUs / 1_000)} later</span>}
      </span>
      <WhyLink of={step.link.address} className="text-2xs" />
    </div>
    <p className="text-xs break-words text-dim">{step.link.what}</p>
  </li>
);

/** A backtest of a strategy, asked for: over which tapes, with which parameters, on what kind of venue. */
import { Database } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { RestBacktest, RestTape } from '#gateway/contracts/rest-runs.ts';
import type { RestStrategyDetail, StrategyParameter } from '#gateway/contracts/rest-strategies.ts';
import { api, Problem } from '../../../api.ts';
import { useAsked, type Whole } from '../../../asked.ts';
import { useLine } from '../../../live/live.ts';
import { reaches, useWho } from '../../../session.ts';
import { useActions } from '../../../shell/actions.ts';
import { Button } from '../../../ui/button.tsx';
import { Choice, Field } from '../../../ui/field.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { Failed, Loading } from '../../../ui/states.tsx';
import { isoOf, span } from '../../../zone.ts';
import { CommandLine } from '../../runs/commands.tsx';
import { bounds } from '../about.tsx';
import { bodyOf, commandOf, faultsOf, NO_TERMS, otherMarkets, type RunTerms, VENUE } from './run-terms.ts';

type Props = Readonly<{
  of: RestStrategyDetail;
  /** Why it cannot be run from here; null where it can. */
  blocked: string | null;
  begun: (backtest: RestBacktest) => void;
}>;

export function RunForm({ of, blocked: cannot, begun }: Props) {
  const tapes = useAsked<Whole<RestTape>>('/api/v1/tapes');
  if (tapes.error !== null) return <Failed error={tapes.error} again={() => void tapes.refetch()} />;
  if (tapes.data === undefined) return <Loading lines={6} what="Looking for tapes" />;
  return tapes.data.items.length === 0 ? (
    <NoTapes again={() => void tapes.refetch()} />
  ) : (
    <Writing {...{ of, cannot, begun }} tapes={tapes.data.items} />
  );
}

const waysFrom = (desk: string) =>
  [
    ['From a file of market data', 'npx retrace import bars.csv --tape my-tape --instrument BTC-USD'],
    ['From what this desk has recorded so far', `npx retrace tape from ${desk} --to my-day`],
  ] as const;

function NoTapes({ again }: Readonly<{ again: () => void }>) {
  const { desk } = useLine();
  return (
    <Panel
      title="There are no tapes yet"
      tools={
        <Button small onClick={again}>
          Look again
        </Button>
      }
    >
      <div className="flex flex-col gap-3 p-3">
        <p className="flex items-start gap-2 text-dim">
          <Database aria-hidden className="mt-0.5 size-4 shrink-0 text-faint" />A backtest plays recorded market data, a tape. It is made at
          the machine, by one of these:
        </p>
        {waysFrom(desk ?? 'demo').map(([what, command]) => (
          <div key={what}>
            <p className="text-xs text-faint">{what}</p>
            <Command text={command} />
          </div>
        ))}
      </div>
    </Panel>
  );
}

const Command = ({ text }: Readonly<{ text: string }>) => (
  <div className="rounded-[5px] border border-line bg-ground py-1 pr-1 pl-2">
    <CommandLine command={text} />
  </div>
);

function Writing({
  of,
  cannot,
  begun,
  tapes,
}: Readonly<{ of: RestStrategyDetail; cannot: string | null; begun: Props['begun']; tapes: readonly RestTape[] }>) {
  const who = useWho();
  const [terms, setTerms] = useState<RunTerms>(() => ({ ...NO_TERMS, tapes: tapes.length === 1 ? [tapes[0]!.tape] : [] }));
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const others = otherMarkets(of);
  const faults = faultsOf(terms, of.parameters, others);
  /** What the gateway said of a field, or what can be seen here. */
  const fault = (name: string): string | null => {
    if (!shown) return null;
    const told = error instanceof Problem ? error.fields.find(({ field }) => field === `body.${name}`) : undefined;
    return faults[name] ?? told?.detail ?? null;
  };
  const change = (more: Partial<RunTerms>): void => {
    setTerms({ ...terms, ...more });
    setError(null);
  };
  const may = cannot ?? (reaches(who.role, 'trader') ? null : `it takes a trader; you look on as ${who.role ?? 'nobody'}`);
  const body = bodyOf(of.strategy, terms, of.parameters);
  const chosen = tapes.filter(({ tape }) => terms.tapes.includes(tape));
  const instruments = [...new Set(chosen.flatMap(({ streams }) => streams.map(({ instrument }) => instrument)))].sort();
  const send = (): void => {
    setShown(true);
    if (may !== null || busy || Object.keys(faults).length > 0) return;
    setBusy(true);
    setError(null);
    api<RestBacktest>('POST', '/api/v1/backtests', { body })
      .then(begun, setError)
      .finally(() => setBusy(false));
  };
  useActions([
    {
      id: 'run',
      name: `Backtest ${of.name}`,
      group: 'Strategies',
      keys: 'Mod+Enter',
      words: 'run start',
      blocked: may ?? (busy ? 'it is asked for' : null),
      run: send,
    },
  ]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send();
  };
  const tape = (name: string, on: boolean): void =>
    change({ tapes: on ? [...terms.tapes, name] : terms.tapes.filter((one) => one !== name), instruments: [] });
  const [first, last] = [Math.min(...chosen.map(({ from }) => from)), Math.max(...chosen.map(({ to }) => to))];
  return (
    <form onSubmit={submit} noValidate aria-label="Backtest" className="grid grid-cols-[minmax(0,1fr)] items-start gap-2 xl:grid-cols-2">
      <Panel title="Over which data">
        <fieldset className="flex flex-col px-3 py-1.5" aria-invalid={fault('tapes') !== null}>
          <legend className="sr-only">Tapes</legend>
          {tapes.map((one) => (
            <label key={one.tape} className="flex gap-2 py-1" data-tape={one.tape}>
              <input
                type="checkbox"
                checked={terms.tapes.includes(one.tape)}
                onChange={({ target }) => tape(one.tape, target.checked)}
                className="mt-0.5 size-4 shrink-0 accent-(--accent)"
              />
              <span className="min-w-0">
                <span className="figure font-medium break-all whitespace-normal">{one.tape}</span>
                <span className="block text-xs text-faint">
                  {streamsText(one)}, {isoOf(one.from).slice(0, 16)} to {isoOf(one.to).slice(0, 16)} UTC
                </span>
              </span>
            </label>
          ))}
          {fault('tapes') === null ? null : <p className="text-xs text-stop">{fault('tapes')}</p>}
        </fieldset>
        <div className="grid grid-cols-2 gap-3 border-t border-line/60 p-3">
          <Field
            label="From"
            value={terms.from}
            fault={fault('from')}
            placeholder={chosen.length === 0 ? 'the beginning' : `${isoOf(first).slice(0, 16)}Z`}
            onChange={({ target }) => change({ from: target.value })}
            className="figure"
          />
          <Field
            label="To"
            value={terms.to}
            fault={fault('to')}
            placeholder={chosen.length === 0 ? 'the end' : `${isoOf(last).slice(0, 16)}Z`}
            onChange={({ target }) => change({ to: target.value })}
            className="figure"
          />
          {(of.markets[0]?.timeframeUs ?? null) !== null ? null : (
            <Field
              label="Bars of"
              value={terms.timeframe}
              fault={fault('timeframe')}
              placeholder="as the tape, else 1m"
              onChange={({ target }) => change({ timeframe: target.value })}
              className="figure"
            />
          )}
          {instruments.length < 2 ? null : (
            <Choice
              label="Trades"
              value={terms.instruments[0] ?? ''}
              onChange={({ target }) => change({ instruments: target.value === '' ? [] : [target.value] })}
            >
              <option value="">all {instruments.length} instruments</option>
              {instruments.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </Choice>
          )}
          {others.map(({ name, about, own }) => (
            <Choice
              key={name}
              label={`Market ${name} is`}
              hint={about}
              fault={fault(`markets.${name}`)}
              value={terms.markets[name] ?? ''}
              onChange={({ target }) => change({ markets: { ...terms.markets, [name]: target.value } })}
            >
              <option value="">{own ? 'choose one …' : 'what it trades'}</option>
              {instruments.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </Choice>
          ))}
        </div>
      </Panel>
      <Panel title="Parameters" count={Object.keys(of.parameters).length}>
        {Object.keys(of.parameters).length === 0 ? (
          <p className="p-3 text-dim">It has none.</p>
        ) : (
          <div className="grid grid-cols-2 gap-3 p-3 sm:grid-cols-3">
            {Object.entries(of.parameters).map(([name, spec]) => (
              <Parameter
                key={name}
                name={name}
                spec={spec}
                value={terms.set[name] ?? ''}
                fault={fault(`set.${name}`)}
                change={(text) => change({ set: { ...terms.set, [name]: text } })}
              />
            ))}
          </div>
        )}
      </Panel>
      <Panel title="Account and venue">
        <div className="grid grid-cols-2 gap-3 p-3">
          <Field
            label="Cash"
            inputMode="decimal"
            value={terms.cash}
            fault={fault('cash')}
            placeholder="100000"
            hint="it begins with"
            onChange={({ target }) => change({ cash: target.value })}
            className="figure"
          />
          <Field
            label="Tags"
            value={terms.tags}
            fault={fault('tags')}
            placeholder="first-try"
            hint="words to find it by"
            onChange={({ target }) => change({ tags: target.value })}
          />
        </div>
        <details className="border-t border-line/60">
          <summary className="px-3 py-2 text-sm text-dim hover:text-ink">Fees, latency and how orders fill{given(terms.venue)}</summary>
          <div className="grid grid-cols-2 gap-3 px-3 pb-3 sm:grid-cols-3">
            {VENUE.map(({ name, label, hint, of: words }) => {
              const field = { label, hint, value: terms.venue[name] ?? '', fault: fault(`venue.${name}`) };
              const take = (text: string): void => change({ venue: { ...terms.venue, [name]: text } });
              return words === undefined ? (
                <Field key={name} {...field} onChange={({ target }) => take(target.value)} className="figure" />
              ) : (
                <Choice key={name} {...field} onChange={({ target }) => take(target.value)}>
                  <option value="">{words[0]} (standard)</option>
                  {words.slice(1).map((word) => (
                    <option key={word}>{word}</option>
                  ))}
                </Choice>
              );
            })}
          </div>
        </details>
      </Panel>
      <Panel title="Run it">
        <div className="flex flex-col gap-3 p-3">
          {error === null ? null : <Failed error={error} />}
          {terms.tapes.length === 0 ? null : (
            <div>
              <p className="text-xs text-faint">The same at a terminal</p>
              <Command text={commandOf(body)} />
            </div>
          )}
          <div className="flex flex-wrap items-center justify-end gap-3">
            {may === null ? null : <p className="mr-auto text-xs text-dim">Running it here: {may}.</p>}
            {may === null && shown && Object.keys(faults).length > 0 ? (
              <p className="mr-auto text-xs text-stop">Some fields are not right yet.</p>
            ) : null}
            <Button look="main" type="submit" disabled={busy} blocked={may}>
              {busy ? 'Asking …' : 'Backtest'}
            </Button>
          </div>
        </div>
      </Panel>
    </form>
  );
}

const given = (venue: RunTerms['venue']): string => {
  const count = Object.values(venue).filter((text) => text.trim() !== '').length;
  return count === 0 ? ': standard' : `: ${count} of your own`;
};

function streamsText({ streams }: RestTape): string {
  const told = streams.map(
    ({ instrument, kind, timeframeUs }) => `${instrument} ${kind === 'bar' ? `bars of ${span(timeframeUs / 1_000)}` : `${kind}s`}`,
  );
  return told.length <= 3 ? told.join(', ') : `${told.slice(0, 3).join(', ')} and ${told.length - 3} more`;
}

type ParameterProps = Readonly<{
  name: string;
  spec: StrategyParameter;
  value: string;
  fault: string | null;
  change: (text: string) => void;
}>;

function Parameter({ name, spec, value, fault, change }: ParameterProps) {
  const words = spec.kind === 'flag' ? ['true', 'false'] : spec.kind === 'choice' ? spec.of : null;
  if (words !== null)
    return (
      <Choice label={name} hint={spec.about} fault={fault} value={value} onChange={({ target }) => change(target.value)}>
        <option value="">{String(spec.standard)} (standard)</option>
        {words
          .filter((word) => word !== String(spec.standard))
          .map((word) => (
            <option key={word}>{word}</option>
          ))}
      </Choice>
    );
  return (
    <Field
      label={name}
      inputMode={spec.kind === 'whole' ? 'numeric' : 'decimal'}
      value={value}
      placeholder={String(spec.standard)}
      hint={`${spec.about}; ${bounds(spec)}`}
      fault={fault}
      onChange={({ target }) => change(target.value)}
      className="figure"
    />
  );
}

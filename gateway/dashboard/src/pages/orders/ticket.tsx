/** An order by hand: written, looked over, asked for; the desk judges it like any other and its answer stands in the same place. */
import { type FormEvent, useState } from 'react';
import { command } from '../../api.ts';
import { type Instrument, useInstruments } from '../../asked.ts';
import { useLine, useRows } from '../../live/live.ts';
import { reaches, useWho } from '../../session.ts';
import { spaced } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Choice, Field } from '../../ui/field.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { Answered } from './answered.tsx';
import { namedIn, useCommanding } from './commanding.ts';
import { bodyOf, faultsOf, hasLimit, hasStop, mayRest, type Ticket as Terms, TYPES, timesOf } from './ticket-terms.ts';

type Props = Readonly<{ close: () => void; instrument?: string | null; placed?: ((order: string) => void) | undefined }>;

export function Ticket({ close, instrument = null, placed }: Props) {
  const { data: instruments, error, refetch } = useInstruments();
  const equity = useRows('equity');
  if (instruments === undefined || !equity.known)
    return (
      <Dialog title="Place an order" close={close} wide>
        {error === null ? <Loading lines={5} /> : <Failed error={error} again={() => void refetch()} />}
      </Dialog>
    );
  const accounts = equity.rows.map(({ row }) => row);
  return <Writing {...{ close, placed, accounts, instruments: instruments.items, first: instrument }} />;
}

type Account = Readonly<{ account: string; mode: string }>;
type WritingProps = Pick<Props, 'close' | 'placed'> &
  Readonly<{ accounts: readonly Account[]; instruments: readonly Instrument[]; first: string | null }>;

function Writing({ close, placed, accounts, instruments, first }: WritingProps) {
  const who = useWho();
  const { seq } = useLine();
  const [terms, setTerms] = useState<Terms>(() => ({
    account: accounts[0]?.account ?? '',
    instrument: instruments.find((one) => one.instrument === first)?.instrument ?? instruments[0]?.instrument ?? '',
    ...{ side: 'buy', type: 'limit', lots: '', limit: '', stop: '', timeInForce: 'GTC', postOnly: false, reduceOnly: false },
  }));
  const [shown, setShown] = useState(false);
  const commanding = useCommanding();
  const chosen = instruments.find((one) => one.instrument === terms.instrument) ?? null;
  const mode = accounts.find(({ account }) => account === terms.account)?.mode ?? '';
  const faults = faultsOf(terms, chosen);
  const fault = (name: keyof typeof faults) => (shown ? (faults[name] ?? null) : null);
  const change = (more: Partial<Terms>): void => {
    const next = { ...terms, ...more };
    const timeInForce = timesOf(next.type).includes(next.timeInForce) ? next.timeInForce : 'GTC';
    setTerms({ ...next, timeInForce, postOnly: next.postOnly && mayRest({ ...next, timeInForce }) });
  };
  const may = reaches(who.role, 'trader');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setShown(true);
    if (Object.keys(faults).length > 0 || !may) return;
    commanding.send(() => command('orders', { ...bodyOf(terms), saw: seq }));
  };
  const { answer } = commanding;
  const title = `${terms.side === 'buy' ? 'Buy' : 'Sell'} ${terms.instrument}, ${mode}`;
  if (answer !== null) {
    const order = namedIn(answer, 'order');
    return (
      <Dialog title={answer.ok ? 'The desk let it out' : 'The desk says no'} close={close} wide>
        <Answered answer={answer}>
          <Button look="quiet" onClick={commanding.again}>
            {answer.ok ? 'Place another' : 'Change it'}
          </Button>
          {order === null || placed === undefined ? null : <Button onClick={() => placed(order)}>Follow it</Button>}
          <Button look="main" autoFocus onClick={close}>
            Close
          </Button>
        </Answered>
      </Dialog>
    );
  }
  return (
    <Dialog title={title} close={close} wide>
      <form onSubmit={submit} noValidate className="flex flex-col gap-3" aria-label="Order ticket">
        <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
          <Choice
            label="Account"
            value={terms.account}
            fault={fault('account')}
            onChange={({ target }) => change({ account: target.value })}
          >
            {accounts.map(({ account, mode: of }) => (
              <option key={account} value={account}>
                {account} ({of})
              </option>
            ))}
          </Choice>
          <Choice
            label="Instrument"
            value={terms.instrument}
            fault={fault('instrument')}
            onChange={({ target }) => change({ instrument: target.value })}
          >
            {instruments.map((one) => (
              <option key={one.instrument}>{one.instrument}</option>
            ))}
          </Choice>
        </div>
        <Reference of={terms.instrument} take={hasLimit(terms.type) ? (limit) => change({ limit }) : null} />
        <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
          <Choice label="Side" value={terms.side} onChange={({ target }) => change({ side: target.value as Terms['side'] })}>
            <option value="buy">Buy</option>
            <option value="sell">Sell</option>
          </Choice>
          <Choice label="Type" value={terms.type} onChange={({ target }) => change({ type: target.value as Terms['type'] })}>
            {TYPES.map((type) => (
              <option key={type}>{type}</option>
            ))}
          </Choice>
          <Choice
            label="Good for"
            value={terms.timeInForce}
            fault={fault('timeInForce')}
            onChange={({ target }) => change({ timeInForce: target.value as Terms['timeInForce'] })}
          >
            {timesOf(terms.type).map((time) => (
              <option key={time} value={time}>
                {TIME_NAMES[time]}
              </option>
            ))}
          </Choice>
          <Field
            label="Quantity"
            inputMode="decimal"
            autoFocus
            value={terms.lots}
            fault={fault('lots')}
            hint={chosen === null ? null : `in steps of ${chosen.lot}`}
            onChange={({ target }) => change({ lots: target.value })}
            className="figure"
          />
          {hasLimit(terms.type) ? (
            <PriceField
              label="Limit"
              value={terms.limit}
              fault={fault('limit')}
              tick={chosen?.tick}
              change={(limit) => change({ limit })}
            />
          ) : null}
          {hasStop(terms.type) ? (
            <PriceField label="Stop" value={terms.stop} fault={fault('stop')} tick={chosen?.tick} change={(stop) => change({ stop })} />
          ) : null}
        </div>
        <div className="flex flex-wrap gap-x-5 gap-y-1">
          <Check label="Post only: it may only rest" on={terms.postOnly} off={!mayRest(terms)} set={(postOnly) => change({ postOnly })} />
          <Check label="Reduce only: it may not open anything" on={terms.reduceOnly} set={(reduceOnly) => change({ reduceOnly })} />
        </div>
        {commanding.error === null ? null : <Failed error={commanding.error} />}
        <div className="flex flex-wrap items-center justify-end gap-2">
          {may ? null : <p className="mr-auto text-xs text-dim">Placing takes a trader; you look on as {who.role ?? 'nobody'}.</p>}
          <Button look="quiet" onClick={close}>
            Leave it
          </Button>
          <Button look="main" type="submit" disabled={commanding.busy} blocked={may ? null : 'it takes a trader'}>
            {commanding.busy ? 'Asking …' : `${terms.side === 'buy' ? 'Buy' : 'Sell'} ${terms.lots.trim()} at ${spaced(terms.type)}`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const TIME_NAMES = { GTC: 'until cancelled', IOC: 'at once, the rest not', FOK: 'at once, whole or not' } as const;

const PriceField = (
  props: Readonly<{ label: string; value: string; fault: string | null; tick: string | undefined; change: (text: string) => void }>,
) => (
  <Field
    label={props.label}
    inputMode="decimal"
    value={props.value}
    fault={props.fault}
    hint={props.tick === undefined ? null : `in steps of ${props.tick}`}
    onChange={({ target }) => props.change(target.value)}
    className="figure"
  />
);

export function Check({
  label,
  on,
  off = false,
  set,
}: Readonly<{ label: string; on: boolean; off?: boolean; set: (on: boolean) => void }>) {
  return (
    <label className={`flex items-center gap-2 ${off ? 'text-faint' : ''}`}>
      <input
        type="checkbox"
        checked={on}
        disabled={off}
        onChange={({ target }) => set(target.checked)}
        className="size-4 accent-(--accent)"
      />
      {label}
    </label>
  );
}

/** What the market says now; a bid or ask can be taken over as the limit. */
function Reference({ of, take }: Readonly<{ of: string; take: ((price: string) => void) | null }>) {
  const quotes = useRows('quotes');
  const row = quotes.rows.find(({ row: { instrument } }) => instrument === of)?.row;
  if (row === undefined) return null;
  return (
    <dl className="flex flex-wrap gap-x-5 gap-y-1 rounded-[5px] bg-raised px-3 py-1.5 text-xs">
      {(['bid', 'ask', 'last'] as const).map((name) => {
        const price = row[name];
        return (
          <div key={name} className="flex items-baseline gap-1.5">
            <dt className="text-faint">{name}</dt>
            <dd>
              {take === null || price === null ? (
                <Figure text={price} />
              ) : (
                <button
                  type="button"
                  title={`take ${price} as the limit`}
                  onClick={() => take(price)}
                  className="underline decoration-dotted underline-offset-3"
                >
                  <Figure text={price} />
                </button>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

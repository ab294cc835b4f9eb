/** Other terms for an order that works, or its end: asked for with what was on the screen, answered by the desk. */
import { type FormEvent, useState } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { api, type CommandAnswer } from '../../api.ts';
import { pathOf, useInstruments } from '../../asked.ts';
import { useLine } from '../../live/live.ts';
import { reaches, useWho } from '../../session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Failed } from '../../ui/states.tsx';
import { Answered } from './answered.tsx';
import { useCommanding } from './commanding.ts';
import { sayState } from './order-states.ts';
import { faultsOfChange } from './ticket-terms.ts';

type Order = RowOf<'orders'>;
type Props = Readonly<{ order: Order; close: () => void }>;

const nameOf = ({ side, lots, instrument, limit, stop }: Order): string =>
  `${side} ${lots} ${instrument}${limit === null ? '' : ` at ${limit}`}${stop === null ? '' : ` from ${stop}`}`;

export function Change({ order, close }: Props) {
  const who = useWho();
  const { seq } = useLine();
  const { data } = useInstruments();
  const terms = data?.items.find(({ instrument }) => instrument === order.instrument);
  const [lots, setLots] = useState(order.lots);
  const [limit, setLimit] = useState(order.limit);
  const [stop, setStop] = useState(order.stop);
  const [shown, setShown] = useState(false);
  const commanding = useCommanding();
  const faults = terms === undefined ? {} : faultsOfChange({ lots, limit, stop }, terms);
  const same = lots.trim() === order.lots && limit?.trim() === order.limit && stop?.trim() === order.stop;
  const may = reaches(who.role, 'trader');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setShown(true);
    if (!may || same || Object.keys(faults).length > 0) return;
    const body = { lots: lots.trim(), limit: limit?.trim() ?? null, stop: stop?.trim() ?? null, saw: seq };
    commanding.send(() => api<CommandAnswer>('PATCH', `/api/v1/orders/${order.order}`, { body }));
  };
  if (commanding.answer !== null)
    return (
      <Dialog title={commanding.answer.ok ? 'The change is asked for' : 'The desk says no'} close={close} wide>
        <Answered answer={commanding.answer}>
          <Button look="main" autoFocus onClick={close}>
            Close
          </Button>
        </Answered>
      </Dialog>
    );
  const fault = (name: 'lots' | 'limit' | 'stop') => (shown ? (faults[name] ?? null) : null);
  return (
    <Dialog title={`Change ${nameOf(order)}`} close={close}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-3" aria-label="Change of an order">
        <p className="text-dim">
          Order <span className="figure">{order.order}</span> is {order.state.replaceAll('_', ' ')}: {sayState(order.state)}. It has{' '}
          <span className="figure">{order.filled}</span> of <span className="figure">{order.lots}</span>.
        </p>
        <Field
          label="Quantity, in all"
          inputMode="decimal"
          autoFocus
          value={lots}
          fault={fault('lots')}
          hint={terms && `in steps of ${terms.lot}`}
          onChange={({ target }) => setLots(target.value)}
          className="figure"
        />
        {limit === null ? null : (
          <Field
            label="Limit"
            inputMode="decimal"
            value={limit}
            fault={fault('limit')}
            hint={terms && `in steps of ${terms.tick}`}
            onChange={({ target }) => setLimit(target.value)}
            className="figure"
          />
        )}
        {stop === null ? null : (
          <Field
            label="Stop"
            inputMode="decimal"
            value={stop}
            fault={fault('stop')}
            hint={terms && `in steps of ${terms.tick}`}
            onChange={({ target }) => setStop(target.value)}
            className="figure"
          />
        )}
        {commanding.error === null ? null : <Failed error={commanding.error} />}
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={close}>
            Leave it
          </Button>
          <Button
            look="main"
            type="submit"
            disabled={commanding.busy}
            blocked={may ? (same ? 'nothing is different yet' : null) : 'it takes a trader'}
          >
            {commanding.busy ? 'Asking …' : 'Ask for the change'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function Cancel({ order, close }: Props) {
  const who = useWho();
  const { seq } = useLine();
  const commanding = useCommanding();
  const may = reaches(who.role, 'trader');
  const go = (): void => commanding.send(() => api<CommandAnswer>('DELETE', pathOf(`/api/v1/orders/${order.order}`, { saw: seq })));
  if (commanding.answer !== null)
    return (
      <Dialog title={commanding.answer.ok ? 'The cancel is asked for' : 'The desk says no'} close={close}>
        <Answered answer={commanding.answer}>
          <Button look="main" autoFocus onClick={close}>
            Close
          </Button>
        </Answered>
      </Dialog>
    );
  return (
    <Dialog title={`Cancel ${nameOf(order)}?`} close={close}>
      <p className="text-dim">
        Order <span className="figure">{order.order}</span> is {order.state.replaceAll('_', ' ')},{' '}
        <span className="figure">{order.filled}</span> of <span className="figure">{order.lots}</span> filled. Until the venue answers it
        may still fill.
      </p>
      {commanding.error === null ? null : <Failed error={commanding.error} />}
      <div className="mt-3 flex justify-end gap-2">
        <Button look="quiet" onClick={close}>
          Leave it
        </Button>
        <Button look="danger" autoFocus disabled={commanding.busy} blocked={may ? null : 'it takes a trader'} onClick={go}>
          {commanding.busy ? 'Asking …' : 'Cancel the order'}
        </Button>
      </div>
    </Dialog>
  );
}

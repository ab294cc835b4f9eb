/** What a desk answered to a command, as sentences: what is now so, or why not and what stands instead. */
import { minorText } from '#engine/decimal.ts';
import type { Numbers } from '#engine/decisions.ts';
import type { Command } from '#engine/inputs.ts';
import type { Minor } from '#engine/values.ts';
import type { Answered } from '#infra/control/port.ts';
import { list } from '#replay/words.ts';
import { type DeskStatus, gateTitle } from '../compose/desk-status.ts';
import { grouped } from './desk-screen.ts';

/** `status`: the desk as it was before. */
export function answerText(command: Command, answered: Answered, status: DeskStatus): string[] {
  const { ok, why, address, durable } = answered;
  const late = durable ? [] : ['The disk has not confirmed it yet: a power cut now could undo it.'];
  if (why === 'repeated')
    return [
      `This very command was given with this key before, and it was ${ok ? 'done' : 'not done'} then: nothing is done twice.`,
      ...late,
    ];
  if (ok) return [`${doneText(command, status)} (${address})`, ...late];
  return [`Not done: ${refusedText(command, answered, status)}.`, ...late];
}

function doneText(command: Command, status: DeskStatus): string {
  switch (command.do) {
    case 'Arm':
      return `The gate of ${gateTitle(command)} was opened: orders may leave as its reasons allow.`;
    case 'Kill':
      return 'The desk was killed.';
    case 'Disarm':
      return `The kill of number ${command.killedAt} was lifted.`;
    case 'Acknowledge':
      return `The halt of ${gateTitle(command)} was acknowledged.`;
    case 'Pause':
      return `${command.strategy} is paused: it takes no new risk, and what protects its position stays.`;
    case 'Resume':
      return `${command.strategy} runs again.`;
    case 'Stop':
      return `${command.strategy} is stopped for good: it takes no new risk, and what protects its position stays. In this journal that id never runs again.`;
    case 'Flatten':
      return `${command.account} is being flattened: what works is cancelled, what it holds is closed at the market.`;
    case 'AcceptVenue':
      return `${command.account} takes the venue's truth over at the next reconciliation.`;
    case 'Reset':
      return `${command.account} begins again with ${cashText(command.account, command.cash, status)}.`;
    case 'CancelOrder':
      return `Order ${command.order} is being cancelled.`;
    case 'ReplaceOrder':
      return `Order ${command.order} is being replaced.`;
    case 'PlaceOrder':
      return `The order to ${command.side} ${command.instrument} on ${command.account} was approved and is on its way.`;
  }
}

function refusedText(command: Command, { why, numbers }: Answered, status: DeskStatus): string {
  const [subject, known] = subjectOf(command, status);
  const now = numberNamed(numbers, 'now');
  switch (why) {
    case 'unknown':
      return `there is no ${subject}; ${known.length === 0 ? 'there is none at all' : `there is ${list(known)}`}`;
    case 'stale':
      return `${subject} has changed since: it became ${now} at number ${grouped(numberNamed(numbers, 'changedAt'))}; look again, then decide`;
    case 'not now':
      if (command.do === 'Disarm' && now === 'KILLED') return `the kill to be lifted is number ${status.killedAt}, not ${command.killedAt}`;
      if (command.do === 'Flatten')
        return `nothing was closed or cancelled: while ${subject} or the desk is ${now} no order may close a position, and what protects one stays; npx retrace status says what is needed, npx retrace kill --flatten closes past the desk`;
      return `${subject} is ${now}`;
    case 'not all': {
      const left = numbers.map(([instrument, state]) => `${instrument} (${state})`).join(', ');
      return `not all of ${subject} is being closed: ${left} lets no order through and is left as it is, with what protects it; npx retrace flatten again when it is OPEN, or npx retrace kill --flatten`;
    }
    case 'not working':
      return `${subject} works no more, it is ${now}`;
    case 'refused':
      return `the order was refused; which clauses, and with which numbers, stands under ${numberNamed(numbers, 'refusal')}`;
    case 'not paper':
      return `${subject} is no paper account`;
    case 'not flat':
      return `${subject} still holds something or has orders working; npx retrace flatten ${'account' in command ? command.account : ''} first`;
    default:
      return `${subject}: ${why}${numbers.length === 0 ? '' : ` (${numbers.map(([name, value]) => `${name} ${value}`).join(', ')})`}`;
  }
}

/** What a command speaks of, and all there is of its kind. */
function subjectOf(command: Command, { gates, strategies, orders, accounts }: DeskStatus): readonly [string, readonly string[]] {
  switch (command.do) {
    case 'Arm':
    case 'Acknowledge':
      return [gateTitle(command), gates.filter(({ scope }) => scope === command.scope).map(({ of }) => of)];
    case 'Kill':
    case 'Disarm':
      return ['the desk', []];
    case 'Pause':
    case 'Resume':
    case 'Stop':
      return [`strategy ${command.strategy}`, strategies.map(({ strategy }) => strategy)];
    case 'Flatten':
    case 'AcceptVenue':
    case 'Reset':
      return [`account ${command.account}`, accounts.map(({ account }) => account)];
    case 'CancelOrder':
    case 'ReplaceOrder':
      return [`order ${command.order}`, orders.map(({ order }) => order)];
    case 'PlaceOrder':
      return [`account ${command.account} or no instrument ${command.instrument}`, accounts.map(({ account }) => account)];
  }
}

export function cashText(account: string, cash: bigint, { accounts }: DeskStatus): string {
  const found = accounts.find((one) => one.account === account);
  return found === undefined ? `${cash} minor units` : `${grouped(minorText(cash as Minor, found.scale))} ${found.currency}`;
}

const numberNamed = (numbers: Numbers, name: string): string => String(numbers.find(([known]) => known === name)?.[1] ?? '');

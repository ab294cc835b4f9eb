/** A numbered input that is no tick, as one sentence. */
import type { Command, InputRecord } from '#engine/inputs.ts';
import { type Figures, iso, type Link, list, type Measures, plural, span } from './words.ts';

export function tellInput(input: InputRecord, measures: Measures): Link {
  const [what, numbers = {}] = told(input, measures);
  return { address: String(input.seq), type: input.type, at: iso(input.at), what, numbers };
}

function told(input: InputRecord, measures: Measures): readonly [what: string, numbers?: Figures] {
  switch (input.type) {
    case 'InstrumentDefined': {
      const { id, version, tick, lot, feeds } = input.instrument;
      return [`instrument ${id} version ${version} was defined, fed by ${list(feeds.map(({ source }) => source))}`, { tick, lot }];
    }
    case 'AccountOpened': {
      const { id, mode, venue, cash } = input.account;
      return [`account ${id} was opened at venue ${venue}, ${mode}`, { cash: measures.money(id, cash) }];
    }
    case 'LimitsChanged': {
      const set = Object.entries(input.limits).filter(([, limit]) => limit !== null);
      return [`limits of ${input.scope} ${input.of} were set`, Object.fromEntries(set.map(([name, limit]) => [name, String(limit)]))];
    }
    case 'StrategyDeployed':
      return [
        `strategy ${input.strategy} (${input.name}) was deployed on ${list(input.subscriptions.map(({ instrument, timeframeUs }) => `${instrument} ${span(timeframeUs)}`))}`,
        { version: input.version, ...Object.fromEntries(Object.entries(input.parameters).map(([name, value]) => [name, String(value)])) },
      ];
    case 'HistoryLoaded':
      return [`${plural(input.candles.length, 'candle')} of ${input.instrument} came as history from ${input.origin}`];
    case 'SourceBeat':
      return [`source ${input.source} gave a sign of life`];
    case 'SourceLost':
      return [`source ${input.source} was lost: ${input.why}`];
    case 'SourceRestored':
      return [`source ${input.source} came back`];
    case 'TicksRefused':
      return [`${plural(input.count, 'tick')} of ${input.source} could not be represented: ${input.reason} (${input.example})`];
    case 'SessionLost':
      return [`the session of ${input.account} was lost: ${input.why}`];
    case 'SessionReady':
      return [`the session of ${input.account} is there again`];
    case 'Reconciled':
      return [`${input.account} was reconciled: ${input.unexplained.length === 0 ? 'nothing unexplained' : input.unexplained.join('; ')}`];
    case 'VenueSnapshot': {
      const { fills, orders, positions } = input;
      return [
        `the venue of ${input.account} was seen to hold ${plural(orders.filter(({ state }) => state === 'working').length, 'working order')}, ${plural(fills.length, 'fill')} since the last look and ${plural(positions.length, 'position')}`,
        Object.fromEntries(input.balances.map(({ currency, amount }) => [currency, amount])),
      ];
    }
    case 'OrderReported':
      return [`the venue reported ${input.report.kind} for order ${input.order}`];
    case 'EffectNotSent':
      return [`effect ${input.effect} stayed home: ${input.why}`];
    case 'SignalReceived':
      return [`signal ${input.signal} came for ${input.strategy}`];
    case 'CommandGiven':
      return [`${input.by} commanded: ${commandText(input.command, measures)}`, { key: input.key }];
    case 'BudgetGranted':
      return [`a budget was granted to ${input.account}`, { budget: measures.money(input.account, input.budget) }];
    case 'BalanceAdjusted':
      return [`the balance of ${input.account} was adjusted: ${input.why}`, { amount: measures.money(input.account, input.amount) }];
    case 'ModelReplied':
      return [`a model replied to ${input.request}`];
    case 'ClockStepped':
      return [`the clock stepped by ${span(input.byUs)}`];
    case 'JournalTroubled':
      return [`the journal was in trouble: ${input.why}`];
  }
}

function commandText(command: Command, measures: Measures): string {
  switch (command.do) {
    case 'Arm':
    case 'Acknowledge':
      return `${command.do} ${command.scope} ${command.of}`;
    case 'Kill':
      return `Kill: ${command.why}`;
    case 'Disarm':
      return `Disarm the kill of number ${command.killedAt}`;
    case 'Pause':
    case 'Resume':
    case 'Stop':
      return `${command.do} ${command.strategy}`;
    case 'Flatten':
      return `Flatten ${command.account}`;
    case 'AcceptVenue':
      return `Accept what the venue of ${command.account} says`;
    case 'Reset':
      return `Reset the paper account ${command.account}`;
    case 'CancelOrder':
    case 'ReplaceOrder':
      return `${command.do} ${command.order}`;
    case 'PlaceOrder':
      return `Place a ${command.type} order for ${command.account}: ${command.side} ${measures.quantity(command.instrument, command.lots)} ${command.instrument}`;
  }
}

/** What each numbered input that is not a tick does (KERNEL §12.8). One function an input; the desk runs the later stages after it. */

import { unreachable } from '#engine/assert.ts';
import type { InputOf, InputRecord } from '#engine/inputs.ts';
import { NO_STRATEGY } from '#engine/portfolio/ledger.ts';
import { BadParameters, parametersOf, type Strategy, UnknownStrategy } from '#engine/strategy/strategy.ts';
import type { AccountId, StrategyId } from '#engine/values.ts';
import { Account, Book } from './accounts.ts';
import { armCarry } from './carry.ts';
import { takeCommand } from './commands.ts';
import { adjustBalance, postDeposit } from './money.ts';
import type { Parts } from './parts.ts';
import { armAgain, moveSession, reconciled, takeSnapshot } from './reconciliation.ts';
import { Deployed } from './strategies.ts';

/** The strategy of a deployment, or an error before anything has happened: a desk cannot re-derive what it does not have. */
export function strategyFor({ core }: Parts, input: InputOf<'StrategyDeployed'>): Strategy {
  const strategy = core.catalogue(input.name, input.version);
  if (strategy === null)
    throw new UnknownStrategy(
      `strategy ${input.name} of version ${input.version} is not here; the journal's own version is needed to replay it`,
    );
  return strategy;
}

export function takeInput(parts: Parts, input: InputRecord): void {
  const { core, gates, markets, accounts, orders, strategies } = parts;
  switch (input.type) {
    case 'InstrumentDefined':
      defineInstrument(parts, input);
      return;
    case 'AccountOpened':
      openAccount(parts, input);
      return;
    case 'LimitsChanged':
      core.decide('Defined', { what: 'limits', of: `${input.scope}:${input.of}`, version: '', why: 'changed' });
      accounts.setLimits(input.scope, input.of, input.limits);
      accounts.checkExposure(input.scope, input.of);
      return;
    case 'StrategyDeployed':
      deploy(parts, input);
      return;
    case 'HistoryLoaded':
      for (const strategy of strategies.all) {
        if (strategy.living.value !== 'loading') continue;
        strategy.subscriptions.forEach((subscription, index) => {
          const { instrument, source, timeframeUs } = subscription;
          if (instrument === input.instrument && source === input.source && timeframeUs === input.timeframeUs)
            strategies.loaded(strategy, index, input.candles);
        });
      }
      return;
    case 'SourceBeat':
      markets.beat(input.source);
      return;
    case 'SourceLost':
      markets.lose(input.source);
      return;
    case 'SourceRestored':
      markets.beat(input.source);
      return;
    case 'TicksRefused': {
      let entry = parts.refused.find(({ source, reason }) => source === input.source && reason === input.reason);
      if (entry === undefined) parts.refused.push((entry = { source: input.source, reason: input.reason, total: 0 }));
      entry.total += input.count;
      core.decide('TicksRefusedNoted', { source: input.source, reason: input.reason, count: input.count, total: entry.total });
      return;
    }
    case 'SessionLost': {
      const account = accounts.byId.get(input.account);
      if (account === undefined) return;
      moveSession(parts, account, 'Lost');
      gates.restrict(account.gate, 'session-lost', account.spec.id);
      return;
    }
    case 'SessionReady': {
      const account = accounts.byId.get(input.account);
      if (account === undefined) return;
      moveSession(parts, account, 'Connected');
      moveSession(parts, account, 'Authenticated');
      return;
    }
    case 'Reconciled': {
      const account = accounts.byId.get(input.account);
      if (account !== undefined) reconciled(parts, account, input.unexplained);
      return;
    }
    case 'VenueSnapshot':
      takeSnapshot(parts, input);
      return;
    case 'OrderReported': {
      const order = orders.all.get(input.order);
      if (order !== undefined) {
        orders.report(order, input.report);
        armAgain(parts, order.account);
      } else {
        const account = 'none' as AccountId;
        core.decide('ReconciliationNeeded', { account, why: 'report for an order not held', order: input.order });
      }
      return;
    }
    case 'EffectNotSent':
      orders.notSent(input.effect);
      return;
    case 'SignalReceived': {
      if (parts.signals.has(input.key)) return;
      parts.signals.add(input.key);
      const strategy = strategies.byId.get(input.strategy);
      if (strategy !== undefined) strategies.note(strategy, { type: 'signal', signal: input.signal, payload: input.payload });
      return;
    }
    case 'CommandGiven':
      takeCommand(parts, input);
      return;
    case 'BudgetGranted': {
      const account = accounts.byId.get(input.account);
      if (account === undefined) return;
      account.budget = input.budget;
      core.decide('BudgetChanged', { account: input.account, budget: input.budget });
      return;
    }
    case 'BalanceAdjusted': {
      const account = accounts.byId.get(input.account);
      if (account === undefined) return;
      adjustBalance(parts, account, input.currency, input.amount, input.why);
      return;
    }
    case 'ModelReplied':
      return;
    case 'ClockStepped':
      gates.restrict(gates.global, 'clock', '');
      return;
    case 'JournalTroubled':
      gates.restrict(gates.global, 'journal', '');
      return;
    default:
      unreachable(input);
  }
}

function defineInstrument(parts: Parts, { instrument }: InputOf<'InstrumentDefined'>): void {
  const { core, markets, accounts, orders } = parts;
  const say = (why: string) => core.decide('Defined', { what: 'instrument', of: instrument.id, version: String(instrument.version), why });
  const known = markets.byId.get(instrument.id);
  if (known === undefined) {
    say('defined');
    markets.define(instrument);
    return;
  }
  const before = known.definition;
  const otherContract =
    before.tick !== instrument.tick ||
    before.lot !== instrument.lot ||
    before.multiplier !== instrument.multiplier ||
    before.currency !== instrument.currency ||
    before.currencyScale !== instrument.currencyScale;
  const held = accounts.all.some((account) =>
    [...accounts.ledger.holdings(account.spec.id)].some((holding) => holding.instrument === instrument.id),
  );
  if (otherContract && held) {
    say('refused: position open');
    return;
  }
  say('redefined');
  const open = known.feeds.flatMap((feed) => feed.candles);
  open.sort((a, b) => a.timeframeUs - b.timeframeUs || (a.key < b.key ? -1 : 1));
  for (const candles of open) candles.redefine();
  known.redefine(instrument);
  for (const feed of known.feeds) feed.rewatch(core);
  orders.venueDropsAll(known);
  for (const spec of instrument.feeds) if (!known.feeds.some((feed) => feed.spec.source === spec.source)) markets.addFeed(known, spec);
}

function openAccount(parts: Parts, { account: spec }: InputOf<'AccountOpened'>): void {
  const { core, gates, accounts } = parts;
  const known = accounts.byId.get(spec.id);
  core.decide('Defined', { what: 'account', of: spec.id, version: '', why: known === undefined ? 'defined' : 'redefined' });
  if (known !== undefined) {
    if (known.spec.pure !== null && spec.pure !== null) accounts.takeTerms(known, spec.pure);
    if (known.spec.pure === null && spec.pure === null && spec.outside) known.spec = { ...known.spec, outside: spec.outside };
    return;
  }
  postDeposit(parts, spec.id, spec.currency, spec.cash, 'opening');
  if (gates.global.living.value === 'BOOT')
    for (const type of ['Booted', 'Recovered', 'Reconciled'] as const) gates.send(gates.global, { type });
  const gate = gates.create('account', spec.id);
  const pure = spec.venue === 'pure';
  gates.send(gate, { type: 'Booted' });
  gates.send(gate, { type: 'Recovered' });
  if (pure) {
    gates.send(gate, { type: 'Reconciled' });
    if (spec.mode !== 'LIVE') gates.send(gate, { type: 'Armed' });
  }
  const account = new Account(parts.accounts, core, spec, gate, null);
  account.book.dayStart = spec.cash;
  account.book.peak = spec.cash;
  accounts.all.push(account);
  accounts.byId.set(spec.id, account);
  accounts.holdBooks();
  armCarry(core, account);
  if (pure) for (const type of ['Connected', 'Authenticated', 'Reconciled'] as const) moveSession(parts, account, type);
  else gates.restrict(gate, 'session-lost', spec.id);
  accounts.limitsChanged();
}

function deploy(parts: Parts, input: InputOf<'StrategyDeployed'>): void {
  const { core, gates, accounts, markets, strategies } = parts;
  const definition = strategyFor(parts, input);
  const refused = whyNotDeployed(parts, input, definition);
  core.decide('Defined', { what: 'strategy', of: input.strategy, version: input.version, why: refused ?? 'deployed' });
  if (refused !== null) return;
  const account = accounts.byId.get(input.account)!;
  const feeds = input.subscriptions.map(({ instrument, source }) => markets.feed(instrument, source));
  const parameters = parametersOf(definition, input.parameters);
  const gate = gates.createArmed('strategy', input.strategy);
  const book = new Book(account, input.strategy as StrategyId, gate, 0n);
  account.strategyBooks.push(book);
  const patienceUs =
    feeds.reduce((most, feed) => Math.max(most, feed!.spec.latenessUs), 0) +
    feeds.reduce((most, feed) => Math.max(most, feed!.spec.graceUs), 0);
  const order = input.subscriptions
    .map((_, index) => index)
    .sort((a, b) => input.subscriptions[a].timeframeUs - input.subscriptions[b].timeframeUs);
  for (const index of order) {
    const { timeframeUs } = input.subscriptions[index];
    const feed = feeds[index]!;
    const barUs = feed.spec.barUs ?? null;
    if (barUs !== null && barUs < timeframeUs && timeframeUs % barUs === 0) parts.candles(feed, barUs); // what it folds from
    parts.candles(feed, timeframeUs);
  }
  const candles = input.subscriptions.map(({ timeframeUs }, index) => parts.candles(feeds[index]!, timeframeUs));
  const strategy = new Deployed(strategies, core, {
    id: input.strategy,
    name: input.name,
    version: input.version,
    account,
    parameters,
    subscriptions: input.subscriptions,
    definition,
    gate,
    book,
    patienceUs,
    state: definition.start(parameters, input.subscriptions),
    saved: null,
  });
  strategies.add(strategy, candles);
  if (!input.history) {
    strategies.move(strategy, { type: 'Loaded' });
    if (strategy.warmup === 0) strategies.move(strategy, { type: 'Warmed' });
  }
  accounts.limitsChanged();
}

function whyNotDeployed({ markets, accounts, strategies }: Parts, input: InputOf<'StrategyDeployed'>, definition: Strategy): string | null {
  const { subscriptions } = input;
  const account = accounts.byId.get(input.account);
  const feeds = subscriptions.map(({ instrument, source }) => markets.feed(instrument, source));
  const interval = subscriptions.reduce((least, { timeframeUs }) => Math.min(least, timeframeUs), Infinity);
  if (strategies.byId.has(input.strategy) || input.strategy === NO_STRATEGY) return 'refused: already deployed';
  if (account === undefined) return 'refused: unknown account';
  if (feeds.some((feed) => feed === null)) return 'refused: unknown instrument';
  if (feeds.some((feed) => feed!.market.definition.currency !== account.spec.currency)) return 'refused: other currency';
  const multiples = subscriptions.every(({ timeframeUs }) => timeframeUs >= 1 && timeframeUs % interval === 0);
  const fits = subscriptions.length === definition.subscriptions || (definition.subscriptions === null && subscriptions.length > 0);
  if (!fits || !multiples) return 'refused: subscriptions do not fit';
  try {
    parametersOf(definition, input.parameters);
    return null;
  } catch (error) {
    if (error instanceof BadParameters) return 'refused: parameters do not fit';
    throw error;
  }
}

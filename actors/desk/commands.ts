/** What operators ask: each command is answered by a decision, a repeated one as before, a stale one with the current value. */

import type { Numbers } from '#engine/decisions.ts';
import { plainTerms } from '#engine/execution/order-terms.ts';
import type { Command, InputOf, PlaceOrder } from '#engine/inputs.ts';
import { NO_STRATEGY } from '#engine/portfolio/ledger.ts';
import type { Gate } from './gates.ts';
import type { Market } from './markets.ts';
import { postDeposit } from './money.ts';
import type { Order } from './orders.ts';
import { askedOf, cancelNonReducing, FLATTEN, type Parts, REMEMBERED_KEYS } from './parts.ts';

type Answer = Readonly<{ ok: boolean; why: string; numbers: Numbers }>;
/** What a command speaks of: its state now and the number of its last move. */
type Subject = Readonly<{ now: string; changedAt: number }>;

/** What takes risk away is done whatever its giver saw. */
const NEVER_STALE: readonly Command['do'][] = ['Kill', 'Pause', 'Stop', 'Flatten', 'CancelOrder'];
/** The why of an order that a person placed. */
const BY_HAND = 'by hand';
const YES: Answer = { ok: true, why: '', numbers: [] };
const UNKNOWN: Answer = { ok: false, why: 'unknown', numbers: [] };
/** Where nothing may close a position, what protects it stays. */
const letsReduce = ({ living: { value } }: Gate): boolean => value === 'OPEN' || value === 'REDUCE_ONLY';
const notNow = (now: string): Answer => ({ ok: false, why: 'not now', numbers: [['now', now]] });

export function takeCommand(parts: Parts, input: InputOf<'CommandGiven'>): void {
  const { core, commands } = parts;
  const before = commands.get(input.key);
  const answer: Answer = before === undefined ? answerTo(parts, input) : { ok: before, why: 'repeated', numbers: [] };
  if (before === undefined) {
    commands.set(input.key, answer.ok);
    if (commands.size > REMEMBERED_KEYS) commands.delete(commands.keys().next().value!);
  }
  core.decide('CommandAnswered', { key: input.key, ...answer });
}

function answerTo(parts: Parts, input: InputOf<'CommandGiven'>): Answer {
  const subject = subjectOf(parts, input.command);
  if (subject === null) return UNKNOWN;
  if (input.sawSeq !== null && subject.changedAt > input.sawSeq && !NEVER_STALE.includes(input.command.do)) {
    return {
      ok: false,
      why: 'stale',
      numbers: [
        ['now', subject.now],
        ['changedAt', subject.changedAt],
      ],
    };
  }
  return act(parts, input.command);
}

function subjectOf({ gates, strategies, orders, accounts, markets }: Parts, command: Command): Subject | null {
  const ofGate = (gate: Gate | null): Subject | null => (gate === null ? null : { now: gate.living.value, changedAt: gate.changedAt });
  switch (command.do) {
    case 'Arm':
    case 'Acknowledge':
      return ofGate(gates.find(command.scope, command.of));
    case 'Kill':
    case 'Disarm':
      return ofGate(gates.global);
    case 'Pause':
    case 'Resume':
    case 'Stop': {
      const strategy = strategies.byId.get(command.strategy);
      return strategy === undefined ? null : { now: strategy.living.value, changedAt: strategy.changedAt };
    }
    case 'Flatten':
    case 'Reset':
      return ofGate(accounts.byId.has(command.account) ? gates.find('account', command.account) : null);
    case 'AcceptVenue':
      return ofGate(accounts.byId.get(command.account)?.outside ? gates.find('account', command.account) : null);
    case 'PlaceOrder': {
      const known = accounts.byId.has(command.account) && markets.byId.has(command.instrument);
      return ofGate(known ? gates.find('account', command.account) : null);
    }
    case 'CancelOrder':
    case 'ReplaceOrder': {
      const order = orders.all.get(command.order);
      return order === undefined ? null : { now: order.living.value, changedAt: order.changedAt };
    }
  }
}

function act(parts: Parts, command: Command): Answer {
  const { core, gates, strategies, orders, accounts, trading } = parts;
  switch (command.do) {
    case 'Arm': {
      const gate = gates.find(command.scope, command.of)!;
      return gates.send(gate, { type: 'Armed' }) ? YES : notNow(gate.living.value);
    }
    case 'Kill':
      return gates.send(gates.global, { type: 'Killed', at: core.cause }) ? YES : notNow(gates.global.living.value);
    case 'Disarm':
      if (!gates.send(gates.global, { type: 'Disarmed', killedAt: command.killedAt })) return notNow(gates.global.living.value);
      gates.send(gates.global, { type: 'Reconciled' });
      return YES;
    case 'Acknowledge': {
      const gate = gates.find(command.scope, command.of)!;
      if (gate.living.value === 'HALTED') accounts.acknowledge(gate);
      if (!gates.send(gate, { type: 'Acknowledged' })) return notNow(gate.living.value);
      const account =
        command.scope === 'strategy'
          ? strategies.byId.get(command.of)?.account
          : command.scope === 'account'
            ? accounts.byId.get(command.of)
            : undefined;
      if (account === undefined || account.session.value === 'ready') gates.send(gate, { type: 'Reconciled' });
      return YES;
    }
    case 'Pause':
    case 'Stop': {
      const strategy = strategies.byId.get(command.strategy)!;
      if (!strategies.move(strategy, { type: command.do === 'Pause' ? 'Paused' : 'Stopped' })) return notNow(strategy.living.value);
      gates.restrict(strategy.gate, 'paused', strategy.id);
      cancelNonReducing(parts, strategy, command.do === 'Pause' ? 'paused' : 'stopped');
      return YES;
    }
    case 'Resume': {
      const strategy = strategies.byId.get(command.strategy)!;
      if (!strategies.move(strategy, { type: 'Resumed' })) return notNow(strategy.living.value);
      gates.clear(strategy.gate, 'paused', strategy.id);
      return YES;
    }
    case 'Flatten': {
      const account = accounts.byId.get(command.account)!;
      const stopped = [gates.global, account.gate].find((gate) => !letsReduce(gate));
      if (stopped !== undefined) return notNow(stopped.living.value);
      const isOurs = (order: Order) => order.account === account && !order.flatten;
      for (const order of orders.working) if (isOurs(order) && letsReduce(order.market.gate)) trading.askCancel(order, FLATTEN);
      // what nobody's strategy holds was brought by hand, at the venue: it goes last
      for (const owner of [...strategies.all.map(({ id }) => id), NO_STRATEGY]) {
        for (const market of parts.markets.all) {
          const held = accounts.ledger.position(account.spec.id, owner, market.definition.id);
          let lots: number = held;
          // what an earlier flatten still has working is on its way
          for (const order of orders.working) {
            if (order.flatten && order.account === account && order.strategy === owner && order.market === market)
              lots += order.side === 'buy' ? order.remaining : -order.remaining;
          }
          if (lots * held <= 0 || !letsReduce(market.gate)) continue;
          const order = askedOf(
            { account: account.spec.id, strategy: owner, market },
            {
              side: lots > 0 ? 'sell' : 'buy',
              type: 'market',
              lots: Math.abs(lots),
              limit: null,
              stop: null,
              expiresAt: null,
              terms: plainTerms(null),
              reduceOnly: false,
              why: FLATTEN,
            },
          );
          parts.asked.push({ account, strategy: owner, market, order, flatten: true, rearms: null });
        }
      }
      const isLeft = (market: Market) =>
        accounts.ledger.holdings(account.spec.id).some((held) => held.lots !== 0 && held.instrument === market.definition.id) ||
        orders.working.some((order) => isOurs(order) && order.market === market);
      const left = parts.markets.all.filter((market) => !letsReduce(market.gate) && isLeft(market));
      if (left.length === 0) return YES;
      return { ok: false, why: 'not all', numbers: left.map(({ definition, gate }) => [definition.id, gate.living.value]) };
    }
    case 'AcceptVenue':
      accounts.byId.get(command.account)!.outside!.accepting = true;
      return YES;
    case 'Reset': {
      const account = accounts.byId.get(command.account)!;
      const { id, currency, mode, pure } = account.spec;
      if (pure === null || mode === 'LIVE') return { ok: false, why: 'not paper', numbers: [] };
      if (accounts.hasPosition(account.book) || orders.working.some((order) => order.account === account))
        return { ok: false, why: 'not flat', numbers: [] };
      postDeposit(parts, id, currency, command.cash - accounts.ledger.cashOf(id, currency), 'reset');
      accounts.restart(account);
      return YES;
    }
    case 'CancelOrder': {
      const order = orders.all.get(command.order)!;
      if (order.ended) return { ok: false, why: 'not working', numbers: [['now', order.living.value]] };
      trading.askCancel(order, 'command');
      return YES;
    }
    case 'ReplaceOrder': {
      const order = orders.all.get(command.order)!;
      if (order.living.value !== 'LIVE') return { ok: false, why: 'not working', numbers: [['now', order.living.value]] };
      const { lots, limit, stop } = command;
      return trading.askReplace(order, { lots, limit, stop }, 'command') ? YES : { ok: false, why: 'refused', numbers: [] };
    }
    case 'PlaceOrder':
      return place(parts, command);
  }
}

/** Approved or refused like any other, and told which decision it was. */
function place({ core, accounts, markets, trading }: Parts, command: PlaceOrder): Answer {
  const { side, type, lots, limit, stop, trail, expiresAt, timeInForce, postOnly, reduceOnly } = command;
  const account = accounts.byId.get(command.account)!;
  const market = markets.byId.get(command.instrument)!;
  // what the venue of this account would pay in is not what this instrument trades in
  if (market.definition.currency !== account.spec.currency) return { ok: false, why: 'other currency', numbers: [] };
  const terms = { ...plainTerms(expiresAt), timeInForce, postOnly, trail };
  const order = askedOf(
    { account: account.spec.id, strategy: NO_STRATEGY, market },
    { side, type, lots, limit, stop, expiresAt, terms, reduceOnly, why: BY_HAND },
  );
  const address = core.nextAddress();
  const approved = trading.ask({ account, strategy: NO_STRATEGY, market, order, flatten: false, rearms: null });
  return approved ? { ok: true, why: '', numbers: [['order', address]] } : { ok: false, why: 'refused', numbers: [['refusal', address]] };
}

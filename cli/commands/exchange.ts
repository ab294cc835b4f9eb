/** `retrace exchange`: the local exchange until it is stopped. Reads its flags, says where it listens and what to do next, ends cleanly. */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { FaultRates } from '#infra/venues-local/faults.ts';
import type { ExchangeOptions, ExchangeServer } from '#infra/venues-local/serve.ts';
import { type Answer, Refused, say } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import type { Flags } from '../flags.ts';

export const addExchange = (program: Command): Command =>
  addCommand(program, {
    usage: 'exchange',
    about: 'an exchange of your own on this machine, for live mode without risk; it keeps its truth, and can misbehave on purpose',
    flags: [
      ['--port <n>', 'where it listens, on loopback only (default 7801; 0: any that is free)'],
      ['--folder <folder>', 'where its ledger and keys lie (default: RETRACE_HOME/exchange)'],
      ['--seed <n>', 'which market, when the ledger is new (default 7)'],
      ['--symbols <names>', 'what it lists, with commas (default BTC-USD,ETH-USD,SOL-USD)'],
      ['--steps <n>', 'market steps a second, 0 to 1000 (default 20; 0: it moves only when told)'],
      ['--limit <n>', 'requests a second an account (default 500)'],
      ['--faults <name=rate,...>', 'what goes wrong how often, 0 to 1: ack-lost=0.01,silent-drop=0.005'],
      ['--cash <amount>', 'opening cash in USD, when the ledger is new (default 100000)'],
      ['--verbose', 'each thing that happens to an order, a line'],
    ],
    examples: [
      ['exchange', 'start it; Ctrl-C stops it, and the next start goes on with the same accounts and orders'],
      ['exchange --faults ack-lost=0.05,half-open=0.01', 'a venue that loses answers and streams'],
      ['exchange --port 0 --steps 0 --json', 'for programs: any port, a market moved by hand'],
    ],
    run: runExchange,
  });

async function runExchange({ flags }: Asked): Promise<Answer> {
  const serve = await import('#infra/venues-local/serve.ts');
  const { faultRates } = await import('#infra/venues-local/faults.ts');
  const { deskHome } = await import('../compose/desk-home.ts');
  const { onStop } = await import('../compose/signals.ts');
  const { EXCHANGE_URL } = await import('#infra/config/run-schema.ts');
  const folder = flags.text('folder') ?? join(deskHome().path, 'exchange');
  const options = { ...askedOptions(flags, faultRates), port: flags.whole('port', 0, 65_535) ?? serve.USUAL.port };
  const hear = flags.flag('verbose') ? sayEvent : undefined;
  flags.done('exchange');

  const server = await serve.openExchangeServer({ folder, ...options, ...(hear === undefined ? {} : { hear }) }).catch(refuse);
  if (server.torn > 0) say(`A torn last entry of ${server.torn} bytes was cut off the ledger: nobody was told of it.`);
  const { orders, fills } = server.exchange.state;
  say(
    `The exchange listens at ${server.url}${orders.length > 0 ? `, going on behind ${orders.length} orders and ${fills.length} fills` : ''}.`,
  );
  say(`Its keys are in ${server.keyFile}; Ctrl-C stops it and keeps everything.`);
  const at = server.url === EXCHANGE_URL ? '' : ` --url ${server.url}`;
  say(`next, in another terminal: npx retrace init --venue local${at}, then npx retrace run`);

  let off: () => void = () => {};
  const stopped = new Promise<null>((settle) => {
    off = onStop(() => settle(null));
  });
  const failure = await Promise.race([stopped, server.failed]);
  const { state } = server.exchange;
  await server.close();
  off();
  if (failure !== null)
    throw failure.name === 'LedgerFailed' ? new Refused(3, [failure.message], 'make room, then start it again') : failure;
  return {
    ok: true,
    fields: { folder, port: server.port, orders: state.orders.length, fills: state.fills.length },
    text: [`The exchange has stopped: ${state.orders.length} orders, ${state.fills.length} fills.`, 'next: npx retrace exchange'],
  };
}

/** Only what was given; the rest is the exchange's own default. */
function askedOptions(flags: Flags, rates: typeof import('#infra/venues-local/faults.ts').faultRates): Omit<ExchangeOptions, 'folder'> {
  const seed = flags.whole('seed', 0);
  const steps = flags.whole('steps', 0, 1_000);
  const limit = flags.whole('limit', 1, 1_000_000);
  const cash = flags.decimal('cash', 2, 0n, 1_000_000_000_000_00n);
  const symbols = flags.text('symbols')?.split(',') ?? null;
  const faults = faultsIn(flags, rates);
  return {
    ...(seed === null ? {} : { seed }),
    ...(steps === null ? {} : { steps }),
    ...(limit === null ? {} : { limit }),
    ...(cash === null ? {} : { cash }),
    ...(symbols === null ? {} : { symbols }),
    ...(faults === null ? {} : { faults }),
  };
}

function faultsIn(flags: Flags, rates: typeof import('#infra/venues-local/faults.ts').faultRates): FaultRates | null {
  const text = flags.text('faults');
  if (text === null) return null;
  const pairs = text.split(',').map((pair) => {
    const [, name = pair, rate = 'nothing'] = /^([\w-]+)=(\d+(?:\.\d+)?)$/.exec(pair) ?? [];
    return [name, rate === 'nothing' ? rate : Number(rate)] as const;
  });
  try {
    return rates(Object.fromEntries(pairs));
  } catch (error) {
    for (const line of (error as Error).message.split('\n')) flags.faults.push(`--faults ${line}`);
    return null;
  }
}

const sayEvent: NonNullable<ExchangeOptions['hear']> = (event) => {
  if (event.type === 'fill') {
    const { order, lots, ticks, maker } = event.fill;
    const { listing } = order;
    say(
      `${order.id} fill ${order.side} ${listing.lotsText(lots)} ${listing.symbol} at ${listing.priceText(ticks)}${maker ? ' as maker' : ''}`,
    );
  } else if (event.type === 'order') {
    const { id, type, side, listing, lots, reason } = event.order;
    say(`${id} ${event.what} ${type} ${side} ${listing.lotsText(lots)} ${listing.symbol}${reason === '' ? '' : `: ${reason}`}`);
  }
};

/** Whatever keeps an exchange from starting, by its name, with what to do. */
function refuse(error: Error): ExchangeServer {
  if (error.name === 'ExchangeOwned') throw new Refused(1, [error.message], 'stop it, or give this one a folder of its own with --folder');
  if (error.name === 'PortTaken') throw new Refused(1, [error.message], 'choose another with --port, or 0 for any that is free');
  if (error.name === 'LedgerCorrupt') throw new Refused(1, [error.message], 'put the file back as it was, or move it away to begin anew');
  throw error;
}

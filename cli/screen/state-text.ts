/** A desk's picture as text: what stands open first, then everything else. */
import type { DeskPicture } from '#replay/picture.ts';
import { grouped } from './desk-screen.ts';
import { stateText } from './sentences.ts';
import { coloursFor, padEnd, visibleLength } from './terminal.ts';

export function stateLines({ seq, at, gates, feeds, instruments, strategies, orders, accounts }: DeskPicture): string[] {
  const colours = coloursFor(process.stdout);
  const lines = [colours.bold(`The desk after number ${grouped(String(seq))}, ${at}`), ''];
  for (const { account, equity, cash, peak, drawdown, dayLoss, positions, mode } of accounts) {
    lines.push(`account ${account} (${mode}): equity ${equity}, cash ${cash}, peak ${peak}, drawdown ${drawdown}, day's loss ${dayLoss}`);
    for (const { strategy, quantity, instrument, value } of positions)
      lines.push(`  ${strategy} holds ${quantity} ${instrument}, worth ${value}`);
    if (positions.length === 0) lines.push('  holds nothing');
  }
  lines.push('', 'gates');
  lines.push(
    ...table(
      gates.map(({ scope, of, state, reasons }) => [
        `  ${scope === 'global' ? 'global' : `${scope} ${of}`}`,
        stateText(state, colours),
        reasons.join('; '),
      ]),
    ),
  );
  lines.push('', 'feeds');
  lines.push(
    ...table(
      feeds.map(({ instrument, source, state, because }) => [
        `  ${instrument} ${source}`,
        stateText(state, colours),
        lastOf(instrument),
        because.join('; '),
      ]),
    ),
  );
  lines.push('', 'strategies');
  lines.push(
    ...table(
      strategies.map(({ strategy, state, seen, warmup, parameters }) => [
        `  ${strategy}`,
        `${stateText(state, colours)}${state === 'warming' ? ` ${seen}/${warmup}` : ''}`,
        Object.entries(parameters)
          .map(([name, value]) => `${name} ${value}`)
          .join(', '),
      ]),
    ),
  );
  const open = orders.filter(({ state }) => !['FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'].includes(state));
  lines.push('', `orders: ${open.length} open, ${orders.length - open.length} ended and not yet retired`);
  lines.push(
    ...table(
      open.map(({ order, side, lots, filled, instrument, type, limit, stop, state }) => [
        `  ${order}`,
        `${side} ${lots} lots ${instrument}, ${filled} filled`,
        `${type}${limit === null ? '' : ` at ${limit}`}${stop === null ? '' : ` once ${stop}`}`,
        state,
      ]),
    ),
  );
  return lines;

  function lastOf(id: string): string {
    const last = instruments.find(({ instrument }) => instrument === id)?.last;
    return last === null || last === undefined ? 'no price yet' : `last ${grouped(last)}`;
  }
}

export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, column) => Math.max(most[column] ?? 0, visibleLength(cell))), []);
  return rows.map((row) =>
    row
      .map((cell, column) => padEnd(cell, widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

/** A running desk's status as text: whether it is ready first, then what stands in the way and what lifts it, then everything that is open. */
import { span } from '#replay/words.ts';
import { type DeskStatus, gateTitle, roughly } from '../compose/desk-status.ts';
import { grouped } from './desk-screen.ts';
import { stateText } from './sentences.ts';
import { table } from './state-text.ts';
import type { Colours } from './terminal.ts';

export function statusLines(status: DeskStatus, colours: Colours): string[] {
  const { desk, mode, seq, at, health, accounts, gates, strategies, orders } = status;
  const ready = health.ready ? colours.green('ready') : health.live ? colours.yellow('not ready') : colours.red('stopped');
  const lines = [`${colours.bold(desk)} (${mode}) is ${ready}, at number ${grouped(String(seq))}, ${at}`];
  for (const reason of health.reasons) lines.push(`  ${colours.yellow('·')} ${reason}`);
  lines.push('', 'accounts');
  for (const { account, venue, session, equity, cash, drawdown, dayLoss, positions } of accounts) {
    lines.push(
      `  ${account} at ${venue}, session ${session === 'ready' ? colours.green(session) : colours.red(session)}: ` +
        `equity ${equity}, cash ${cash}, drawdown ${drawdown}, day's loss ${dayLoss}`,
    );
    for (const { strategy, quantity, instrument, value } of positions)
      lines.push(`    ${strategy} holds ${quantity} ${instrument}, worth ${value}`);
    if (positions.length === 0) lines.push('    holds nothing');
  }
  lines.push('', ...gateLines(gates, colours));
  lines.push('', 'strategies');
  lines.push(
    ...table(
      strategies.map(({ strategy, state, seen, warmup, account }) => [
        `  ${strategy}`,
        `${stateText(state, colours)}${state === 'warming' ? ` ${seen}/${warmup}` : ''}`,
        account,
      ]),
    ),
  );
  for (const { note } of strategies) if (note !== null) lines.push(`    ${colours.yellow(note)}`);
  lines.push('', orders.length === 0 ? 'no open orders' : 'open orders');
  lines.push(
    ...table(
      orders.map(({ order, side, quantity, filled, instrument, type, limit, stop, state, strategy }) => [
        `  ${order}`,
        `${side} ${quantity} ${instrument}, ${filled} filled`,
        `${type}${limit === null ? '' : ` at ${limit}`}${stop === null ? '' : ` once ${stop}`}`,
        stateText(state, colours),
        strategy,
      ]),
    ),
  );
  lines.push('', ...surroundingLines(status, colours));
  return lines;
}

/** Every gate that is not open, with each reason and what lifts it; the open ones are counted. */
export function gateLines(gates: DeskStatus['gates'], colours: Colours): string[] {
  const shut = gates.filter(({ state }) => state !== 'OPEN');
  const open = gates.length - shut.length;
  const lines = [`gates: ${shut.length === 0 ? `all ${gates.length} open` : `${open} open, ${shut.length} not`}`];
  for (const gate of shut) {
    lines.push(`  ${gateTitle(gate)} is ${stateText(gate.state, colours)} since number ${grouped(String(gate.since))}`);
    for (const { text, lifts } of gate.reasons) lines.push(`    ${text} → ${lifts}`);
    const said = gate.reasons.some(({ lifts }) => gate.lifts !== null && lifts.includes(gate.lifts));
    if (gate.lifts !== null && !said) lines.push(`    → ${gate.lifts}`);
  }
  return lines;
}

function surroundingLines({ inputAgeUs, journal, disk, breaker }: DeskStatus, colours: Colours): string[] {
  const lag = journal.pendingBytes === 0 ? 'all durable' : `${grouped(String(journal.pendingBytes))} bytes not durable yet`;
  const left = disk === null ? '' : disk.secondsLeft === null ? ', not shrinking' : `, full in ${roughly(disk.secondsLeft)} at this pace`;
  return table([
    ...(inputAgeUs === null ? [] : [['last input', `${span(Math.floor(inputAgeUs / 1000) * 1000)} ago`]]),
    ['journal', `${journal.folder}: ${lag}`],
    ...(disk === null ? [] : [['disk', `${gigabytes(disk.freeBytes)} free${left}`]]),
    ['breaker', breaker === null ? 'none' : breaker.alive ? colours.green('alive') : `${colours.red('does not answer')}: ${breaker.why}`],
  ]);
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

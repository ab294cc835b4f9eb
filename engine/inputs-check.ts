/**
 * What an input must be before it may become one: the desk can only re-derive what it can take. Asked at the door before anything is
 * journaled, and by the desk before anything has changed.
 */

import { AssertionFailed } from './assert.ts';
import { BadDecimal } from './decimal.ts';
import type { InputRecord } from './inputs.ts';
import { calendarById } from './market/calendar.ts';
import { unitOf } from './portfolio/valuation.ts';
import { BadValue } from './values.ts';

/** An input that cannot be one: names the field and what is allowed. */
export class BadInput extends Error {
  override name = 'BadInput';
}

/** More lots than any order or tick may have: sums of thousands of them stay whole. */
export const MOST_LOTS = 1_000_000_000_000;
export const LEAST_TIMEFRAME_US = 1_000;

const COMMANDS: readonly string[] = [
  'Arm',
  'Kill',
  'Disarm',
  'Acknowledge',
  'Pause',
  'Resume',
  'Stop',
  'Flatten',
  'AcceptVenue',
  'Reset',
  'CancelOrder',
  'ReplaceOrder',
];
const whole = (value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

/** What is wrong with it, or null. */
export function faultOf(input: InputRecord): string | null {
  switch (input.type) {
    case 'InstrumentDefined': {
      const { instrument } = input;
      const spec = instrument.feeds.find(
        ({ latenessUs, graceUs, settleUs, faultsToDown }) =>
          !whole(latenessUs, 0) || !whole(graceUs, 0) || !whole(settleUs, 0) || !whole(faultsToDown, 1),
      );
      if (instrument.feeds.length === 0) return `instrument ${instrument.id}: feeds: at least one is needed`;
      if (spec !== undefined)
        return `instrument ${instrument.id}: feed ${spec.source}: bounds are whole µs of at least 0, faultsToDown at least 1`;
      return tried(`instrument ${instrument.id}`, () => {
        calendarById(instrument.calendar);
        unitOf(instrument);
      });
    }
    case 'AccountOpened': {
      const { account } = input;
      if ((account.pure === null) === (account.venue === 'pure'))
        return `account ${account.id}: pure: terms are given for the venue 'pure' and for no other`;
      return tried(`account ${account.id}`, () => calendarById(account.calendar));
    }
    case 'StrategyDeployed': {
      const short = input.subscriptions.find(({ timeframeUs }) => !whole(timeframeUs, LEAST_TIMEFRAME_US));
      return short === undefined
        ? null
        : `strategy ${input.strategy}: timeframeUs: ${short.timeframeUs} is not a whole number of at least ${LEAST_TIMEFRAME_US}`;
    }
    case 'OrderReported': {
      const { report } = input;
      if (report.kind === 'Filled') {
        if (!whole(report.lots, 1, MOST_LOTS)) return `report: lots: ${report.lots} is not a whole number from 1 to ${MOST_LOTS}`;
        if (!whole(report.price, -Number.MAX_SAFE_INTEGER)) return `report: price: ${report.price} is not whole ticks`;
        if (!/^-?\d{1,30}$/.test(report.fee)) return `report: fee: ${JSON.stringify(report.fee)} is not whole minor units`;
      }
      if (report.kind === 'Replaced' && !whole(report.lots, 1, MOST_LOTS))
        return `report: lots: ${report.lots} is not a whole number from 1 to ${MOST_LOTS}`;
      return null;
    }
    case 'CommandGiven': {
      const { command } = input;
      if (!COMMANDS.includes(command.do)) return `command: do: ${JSON.stringify(command.do)} is not one of ${COMMANDS.join(', ')}`;
      if (command.do === 'ReplaceOrder' && !whole(command.lots, 1, MOST_LOTS))
        return `command: lots: ${command.lots} is not a whole number from 1 to ${MOST_LOTS}`;
      return null;
    }
    default:
      return null;
  }
}

export function checkInput(input: InputRecord): void {
  const fault = faultOf(input);
  if (fault !== null) throw new BadInput(fault);
}

function tried(what: string, run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof BadValue || error instanceof BadDecimal || error instanceof AssertionFailed) return `${what}: ${error.message}`;
    throw error;
  }
}

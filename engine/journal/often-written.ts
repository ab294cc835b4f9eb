/**
 * The two decisions of every bar, written straight: the same bytes that the table's walk writes (record-codec.test.ts holds both against each
 * other), without looking up what each field is. A field that the table gains is missing here until that test says so.
 */
import type { Condition, DecisionOf, Numbers } from '../decisions.ts';
import { type ByteWriter, Unrecordable } from './bytes.ts';
import { TAG, writePlain } from './plain-codec.ts';

export function writeCandleClosed(out: ByteWriter, decision: DecisionOf<'CandleClosed'>): void {
  out.text(decision.instrument, 'instrument');
  out.text(decision.source, 'source');
  out.whole(decision.timeframeUs, 'timeframeUs');
  out.whole(decision.start, 'start');
  out.whole(decision.end, 'end');
  out.whole(decision.open, 'open');
  out.whole(decision.high, 'high');
  out.whole(decision.low, 'low');
  out.whole(decision.close, 'close');
  out.whole(decision.volume, 'volume');
  out.whole(decision.trades, 'trades');
  out.flag(decision.complete, 'complete');
  out.text(decision.by, 'by');
}

export function writeStrategyWoke(out: ByteWriter, decision: DecisionOf<'StrategyWoke'>): void {
  out.text(decision.strategy, 'strategy');
  out.text(decision.why, 'why');
  if (decision.end === null) out.u8(0);
  else {
    out.u8(1);
    out.whole(decision.end, 'end');
  }
  out.whole(decision.absent, 'absent');
  writeConditions(out, decision.conditions);
  out.whole(decision.intents, 'intents');
}

function writeConditions(out: ByteWriter, conditions: readonly Condition[]): void {
  if (!Array.isArray(conditions)) {
    writePlain(out, conditions, 'conditions');
    return;
  }
  out.u8(TAG.array);
  out.u32(conditions.length);
  for (let index = 0; index < conditions.length; index++) writeCondition(out, conditions[index]);
}

/** An object's keys stand in order of their code units: holds, name, numbers. */
function writeCondition(out: ByteWriter, condition: Condition): void {
  if (!isExact(condition)) {
    writePlain(out, condition, 'conditions', 1);
    return;
  }
  const { name, holds, numbers } = condition;
  out.u8(TAG.object);
  out.u32(3);
  out.text('holds', 'conditions', true);
  out.u8(holds ? TAG.true : TAG.false);
  out.text('name', 'conditions', true);
  out.u8(TAG.text);
  out.text(name, 'name', true);
  out.text('numbers', 'conditions', true);
  writeNumbers(out, numbers as Numbers);
}

/** Nothing but what a condition has. Whatever else it may be is plain data. */
function isExact(condition: Condition | null): boolean {
  if (typeof condition !== 'object' || condition === null || Object.getPrototypeOf(condition) !== Object.prototype) return false;
  if (typeof condition.name !== 'string' || typeof condition.holds !== 'boolean' || !Array.isArray(condition.numbers)) return false;
  let keys = 0;
  for (const _ in condition) keys++;
  return keys === 3;
}

function writeNumbers(out: ByteWriter, numbers: Numbers): void {
  out.u8(TAG.array);
  out.u32(numbers.length);
  for (let index = 0; index < numbers.length; index++) {
    const pair = numbers[index];
    const value = Array.isArray(pair) ? pair[1] : null;
    if (typeof value !== 'number' || pair.length !== 2 || typeof pair[0] !== 'string') {
      writePlain(out, pair, 'numbers', 3);
      continue;
    }
    if (Number.isNaN(value)) throw new Unrecordable('numbers: NaN');
    out.u8(TAG.array);
    out.u32(2);
    out.u8(TAG.text);
    out.text(pair[0], 'numbers', true);
    out.u8(TAG.number);
    out.f64(value);
  }
}

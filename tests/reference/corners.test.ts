/** Corners of docs/kernel.md that random days reach too seldom, told to both desks: each was a fault that no test had noticed. */
import { describe, expect, test } from 'vitest';
import { AssertionFailed } from '#engine/assert.ts';
import type { DecisionType } from '#engine/decisions.ts';
import type { TimeUs } from '#engine/values.ts';
import { lineOf, productionDesk, STORY_START, story, tell, tellBoth } from './story.ts';

const OPEN = `
  instrument BTC
  account A
  arm
  deploy S BTC/1m`;

describe('10,000 keys are remembered', () => {
  /** What both say of it, not asked after each line: that would take minutes. */
  const told = (lines: readonly string[], type: DecisionType): string => {
    const [reference, production] = [tell(lines), tell(lines, productionDesk)].map(({ desk }) =>
      desk.decisions.filter((one) => one.type === type).map(lineOf),
    );
    expect(production).toEqual(reference);
    return (reference ?? []).slice(-1).join();
  };
  const others = (count: number, line: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => line(i));

  test.each([
    [9_999, '5.0 +0s StrategyWoke'],
    [10_000, '10006.0 +0s StrategyWoke'],
  ])('of signals: one heard again after %i others', { timeout: 60_000 }, (count, woke) => {
    const lines = [
      ...OPEN.split('\n'),
      'signal S go key=first',
      ...others(count, (i) => `signal Z go key=other${i}`),
      'signal S go key=first',
    ];
    expect(told(lines, 'StrategyWoke')).toContain(woke);
  });

  test.each([
    [9_999, 'ok=false why=repeated'],
    [10_000, 'ok=false why=unknown'],
  ])('of commands: one given again after %i others', { timeout: 60_000 }, (count, why) => {
    const lines = ['pause Z key=first', ...others(count, (i) => `pause Z key=other${i}`), 'pause Z key=first'];
    expect(told(lines, 'CommandAnswered')).toContain(why);
  });
});

describe('waking', () => {
  const TWO = `
    instrument BTC
    instrument ETH
    account A
    arm
    deploy S BTC/1m ETH/1m`;

  test('an interval that begins after its own deadline waits for the next one, which wakes it first', () => {
    const told = story(
      `${TWO}
       bar BTC 1m 100 100 100 100 x5 @1m+30s vt=0s
       wait @1m+59s
       bar BTC 1m 101 101 101 101 x5 @2m vt=1m
       bar ETH 1m 10 10 10 10 x5 @2m vt=1m`,
      ['CandleClosed', 'StrategyWoke'],
    );
    expect(told).toMatchInlineSnapshot(`
      "6.0 +90s CandleClosed instrument=BTC start=+0s end=+60s open=100 high=100 low=100 close=100 volume=5 trades=0 complete=true by=bar
      7.0 +120s CandleClosed instrument=BTC start=+60s end=+120s open=101 high=101 low=101 close=101 volume=5 trades=0 complete=true by=bar
      8.0 +120s CandleClosed instrument=ETH start=+60s end=+120s open=10 high=10 low=10 close=10 volume=5 trades=0 complete=true by=bar
      8.2 +120s StrategyWoke why=bars end=+60s absent=1 intents=0
      8.3 +120s StrategyWoke why=bars end=+120s absent=0 intents=0"
    `);
  });

  test('its deadline falls in a silence, and nothing else reveals it', () => {
    const told = story(
      `${TWO.replace('instrument BTC', 'instrument BTC lateness=1s').replace('instrument ETH', 'instrument ETH lateness=3s grace=4s')}
       trade BTC 100 x5 @1s
       wait @1m+6.999999s
       wait @1m+7s
       trade BTC 100 x5 @1m+8s
       trade ETH 10 x5 @1m+9s
       wait @3m`,
      ['CandleClosed', 'StrategyWoke'],
    );
    expect(told).toMatchInlineSnapshot(`
      "6.1 +61s CandleClosed instrument=BTC start=+0s end=+60s open=100 high=100 low=100 close=100 volume=5 trades=1 complete=true by=deadline
      6.2 +67s StrategyWoke why=bars end=+60s absent=1 intents=0
      8.1 +121s CandleClosed instrument=BTC start=+60s end=+120s open=100 high=100 low=100 close=100 volume=5 trades=1 complete=true by=deadline
      8.2 +123s CandleClosed instrument=ETH start=+60s end=+120s open=10 high=10 low=10 close=10 volume=5 trades=1 complete=true by=deadline
      8.4 +123s StrategyWoke why=bars end=+120s absent=0 intents=0"
    `);
  });

  test('a candle that history has told wakes nobody when it closes late', () => {
    const told = story(
      `instrument BTC lateness=10s
       account A
       arm
       deploy S BTC/1m history=yes warmup=3
       trade BTC 100 x5 @1s
       history BTC 1m 100 101 102 until=1m @1m+5s
       trade BTC 103 x5 @1m+6s vt=59s
       trade BTC 104 x5 @1m+20s
       wait @3m`,
      ['CandleClosed', 'StrategyMoved', 'StrategyWoke'],
    );
    expect(told).toMatchInlineSnapshot(`
      "6.0 +65s StrategyMoved from=loading to=warming why=Loaded
      6.1 +65s StrategyMoved from=warming to=running why=Warmed
      7.0 +70s CandleClosed instrument=BTC start=+0s end=+60s open=100 high=103 low=100 close=103 volume=10 trades=2 complete=true by=deadline
      8.0 +130s CandleClosed instrument=BTC start=+60s end=+120s open=104 high=104 low=104 close=104 volume=5 trades=1 complete=true by=deadline
      8.1 +130s StrategyWoke why=bars end=+120s absent=0 intents=0"
    `);
  });
});

test('orders that end in another order than they came are indexed by address, as numbers', () => {
  const desk = tellBoth(
    `${OPEN}
     on bars @1m: ${Array.from({ length: 9 }, () => 'buy BTC 1 limit=50').join(', ')}
     trade BTC 100 x5 @1s
     wait @1m
     cancel 5.11
     cancel 5.9 @1m+1s
     cancel 5.10 @1m+2s
     cancel 5.3 @1m+3s
     wait @25h`,
  );
  expect((desk.state() as { retired: unknown }).retired).toEqual(['5.3', '5.9', '5.10', '5.11']);
});

describe('outside a session', () => {
  test('no flat candle, and one again inside', () => {
    const told = story(
      `instrument XYZ calendar=NYSE flat=yes
       account A
       arm
       deploy S XYZ/1m
       trade XYZ 100 x5 @2m+1s
       wait @8m
       trade XYZ 101 x5 @17h+35m+1s
       wait @17h+38m`,
      ['CandleClosed', 'CandlesMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "5.0 +121s CandlesMoved instrument=XYZ from=idle to=forming why=Formed
      5.1 +180s CandleClosed instrument=XYZ start=+120s end=+180s open=100 high=100 low=100 close=100 volume=5 trades=1 complete=true by=deadline
      5.3 +240s CandleClosed instrument=XYZ start=+180s end=+240s open=100 high=100 low=100 close=100 volume=0 trades=0 complete=true by=deadline
      5.5 +300s CandleClosed instrument=XYZ start=+240s end=+300s open=100 high=100 low=100 close=100 volume=0 trades=0 complete=true by=deadline
      5.7 +360s CandlesMoved instrument=XYZ from=forming to=idle why=Emptied
      6.0 +63301s CandlesMoved instrument=XYZ from=idle to=forming why=Formed
      6.1 +63360s CandleClosed instrument=XYZ start=+63300s end=+63360s open=101 high=101 low=101 close=101 volume=5 trades=1 complete=true by=deadline
      6.3 +63420s CandleClosed instrument=XYZ start=+63360s end=+63420s open=101 high=101 low=101 close=101 volume=0 trades=0 complete=true by=deadline
      6.5 +63480s CandleClosed instrument=XYZ start=+63420s end=+63480s open=101 high=101 low=101 close=101 volume=0 trades=0 complete=true by=deadline"
    `);
  });

  test('no mark at whole seconds until the next one opens', () => {
    const told = story(
      `instrument BTC
       instrument ETH
       account A calendar=NYSE
       arm
       deploy S ETH/1h
       limits account A drawdown=3000
       on signal#1: buy BTC 3
       trade BTC 100 x9 @4m
       signal S go
       trade BTC 100 x9 @4m+1s
       trade BTC 90 x9 @5m+0.5s
       wait @17h+34m+59s
       wait @17h+36m`,
      ['EquityMarked', 'GateMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "9.5 +241s EquityMarked equity=10000000 peak=10000000 drawdown=0 dayLoss=0 why=fill
      10.0 +63300s EquityMarked equity=9997000 peak=10000000 drawdown=3000 dayLoss=3000 why=drawdown
      10.1 +63300s GateMoved scope=account of=A from=OPEN to=HALTED why=Restricted:drawdown reasons=[drawdown:day]"
    `);
  });
});

describe('limits', () => {
  const HELD = `${OPEN}
     on signal#1: buy BTC 3
     trade BTC 100 x9 @1s
     signal S go
     trade BTC 100 x9 @2s`;

  test('an acknowledged drawdown is measured from the equity it was acknowledged at', () => {
    const told = story(
      `${HELD}
       limits account A drawdown=3000
       trade BTC 90 x9 @2.5s
       wait @3s
       acknowledge account A
       arm account A
       trade BTC 81 x9 @3.5s
       wait @5s
       trade BTC 80 x9 @5.5s
       wait @7s`,
      ['EquityMarked', 'GateMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "7.5 +2s EquityMarked equity=10000000 peak=10000000 drawdown=0 dayLoss=0 why=fill
      9.0 +3s EquityMarked equity=9997000 peak=10000000 drawdown=3000 dayLoss=3000 why=drawdown
      9.1 +3s GateMoved scope=account of=A from=OPEN to=HALTED why=Restricted:drawdown reasons=[drawdown:day]
      10.0 +3s GateMoved scope=account of=A from=HALTED to=RECONCILE why=Acknowledged
      10.1 +3s GateMoved scope=account of=A from=RECONCILE to=ARMED why=Reconciled
      11.0 +3s GateMoved scope=account of=A from=ARMED to=OPEN why=Armed
      13.0 +6s EquityMarked equity=9994000 peak=9997000 drawdown=3000 dayLoss=6000 why=drawdown
      13.1 +6s GateMoved scope=account of=A from=OPEN to=HALTED why=Restricted:drawdown reasons=[drawdown:day]"
    `);
  });

  test('so is a hard daily loss, of a strategy too; other reasons leave the book alone', () => {
    const told = story(
      `${HELD}
       limits strategy S hard=3000
       trade BTC 90 x9 @2.5s
       wait @3s
       acknowledge strategy S
       arm strategy S
       trade BTC 81 x9 @3.5s
       wait @5s
       trade BTC 80 x9 @5.5s
       wait @7s`,
      ['EquityMarked', 'GateMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "7.5 +2s EquityMarked equity=10000000 peak=10000000 drawdown=0 dayLoss=0 why=fill
      9.0 +3s EquityMarked equity=-3000 peak=0 drawdown=3000 dayLoss=3000 why=hard-limit:S
      9.1 +3s GateMoved scope=strategy of=S from=OPEN to=HALTED why=Restricted:hard-limit reasons=[hard-limit:day]
      10.0 +3s GateMoved scope=strategy of=S from=HALTED to=RECONCILE why=Acknowledged
      10.1 +3s GateMoved scope=strategy of=S from=RECONCILE to=ARMED why=Reconciled
      11.0 +3s GateMoved scope=strategy of=S from=ARMED to=OPEN why=Armed
      13.0 +6s EquityMarked equity=-6000 peak=0 drawdown=6000 dayLoss=3000 why=hard-limit:S
      13.1 +6s GateMoved scope=strategy of=S from=OPEN to=HALTED why=Restricted:hard-limit reasons=[hard-limit:day]"
    `);
  });

  test('a daily limit set later counts from when it was set, and its day begins again at the next session', () => {
    const told = story(
      `${HELD.replace('account A', 'account A calendar=NYSE')}
       trade BTC 90 x9 @3s
       limits strategy S soft=2000
       trade BTC 84 x9 @4s
       wait @6s
       limits strategy S soft=1500
       wait @8s
       trade BTC 95 x9 @17h
       wait @17h+36m`,
      ['EquityMarked', 'GateMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "7.5 +2s EquityMarked equity=10000000 peak=10000000 drawdown=0 dayLoss=0 why=fill
      11.1 +7s EquityMarked equity=-4800 peak=0 drawdown=4800 dayLoss=1800 why=soft-limit:S
      11.2 +7s GateMoved scope=strategy of=S from=OPEN to=REDUCE_ONLY why=Restricted:soft-limit reasons=[soft-limit:day]
      12.4 +63300s GateMoved scope=strategy of=S from=REDUCE_ONLY to=OPEN why=Cleared:soft-limit"
    `);
  });
});

describe('what no desk takes', () => {
  const at = (us: number): TimeUs => (STORY_START + us) as TimeUs;

  test.each([
    ['reference', undefined],
    ['production', productionDesk],
  ] as const)('%s: time that goes back, by itself or with an input, and a number that was there', (_name, make) => {
    const desk = () => tell(OPEN.split('\n').concat('wait @1s'), make).desk;
    expect(() => desk().passTime(at(999_999))).toThrow(AssertionFailed);
    expect(() => desk().passTime(at(1_000_000))).not.toThrow();
    const beat = (seq: number, us: number) => ({ type: 'SourceBeat', seq, at: at(us), source: 'x', beats: 1 }) as never;
    expect(() => desk().takeInput(beat(5, 999_999))).toThrow(AssertionFailed);
    expect(() => desk().takeInput(beat(4, 1_000_000))).toThrow(AssertionFailed);
    expect(() => desk().takeInput(beat(5, 1_000_000))).not.toThrow();
  });
});

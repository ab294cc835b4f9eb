/** §12.10 of docs/kernel.md told as stories, to both desks: each is a rule of how an outside venue's truth meets ours. */
import { describe, expect, test } from 'vitest';
import type { Decision, DecisionType } from '#engine/decisions.ts';
import { production, step } from '../agreement/compare.ts';
import { adventure } from './adventure.ts';
import { story, tellBoth } from './story.ts';

/** An account B at an outside venue, reconciled once and open; a strategy S; the first order of `bars @1m` is 8.3. */
const READY = `
  instrument BTC
  account B venue=sim window=5s
  arm
  deploy S BTC/1m account=B
  ready B
  snapshot B
  arm account B
  trade BTC 100 x9 @1s`;
/** The same, and the position it has bought: 3 at 100. Order 8.3; the fill is number 10. */
const LONG = `${READY}
  on bars @1m: buy BTC 3
  wait @1m
  report 8.3 Acked
  report 8.3 Filled fill=v1 lots=3 price=100`;
/** And a stop below it, working: order 10.6. */
const GUARDED = `${LONG.replace('wait @1m', 'on fill#1: sell BTC 3 stop=90 reduce\n  wait @1m')}
  report 10.6 Acked @1m+1s`;

const FOUND: readonly DecisionType[] = ['DifferenceFound', 'ReconciliationNeeded', 'Alerted'];
const ORDERS: readonly DecisionType[] = ['OrderApproved', 'OrderAdopted', 'OrderRequested', 'OrderMoved', 'OrderFilled', 'OrderRefused'];
const MONEY: readonly DecisionType[] = ['Posted', 'EquityMarked'];

/** From the fact with this number on. */
const from = (number: number, told: string): string =>
  told
    .split('\n')
    .filter((line) => Number.parseInt(line, 10) >= number)
    .join('\n');

describe('what is asked of an outside venue', () => {
  test('a request leaves within the send window of its account; a redefinition that gives none changes nothing', () => {
    const windowOf = (spec: string, more = ''): number[] =>
      tellBoth(
        `${READY.replace(' window=5s', spec)}${more}
         on bars @1m: buy BTC 3 limit=90
         on bars @2m: cancel BTC
         wait @1m
         report ${more === '' ? 8 : 9}.3 Acked
         account B venue=sim
         trade BTC 100 @1m+1s
         wait @2m`,
      ).decisions.flatMap((one) => (one.type === 'OrderRequested' ? [one.validUntil - one.at] : []));
    expect(windowOf('')).toEqual([2_000_000, 2_000_000]);
    expect(windowOf(' window=5s')).toEqual([5_000_000, 5_000_000]);
    expect(windowOf(' window=5s', '\n account B venue=sim window=7s')).toEqual([7_000_000, 7_000_000]);
  });
});

describe('fills', () => {
  test('one that was missed is booked to its order; told again it is nothing, of another side or instrument it is unexplained', () => {
    const told = story(
      `${READY}
       instrument ETH
       on bars @1m: buy BTC 3
       wait @1m
       snapshot B fill:v1:#9.10:BTC:buy:2:101:7
       snapshot B again-fill:v1:#9.10:BTC:buy:2:101:7
       snapshot B again-fill:v2:#9.10:BTC:sell:1:101 again-fill:v2:#9.10:ETH:buy:1:101`,
      [...FOUND, ...ORDERS, ...MONEY],
    );
    expect(from(10, told)).toMatchInlineSnapshot(`
      "10.0 +60s DifferenceFound what=fill of=BTC|v1 held=none venue=2 at 101 resolution=booked to 9.10
      10.1 +60s OrderMoved order=9.10 instrument=BTC from=SENDING to=LIVE why=Filled filled=2 remaining=1
      10.2 +60s OrderFilled order=9.10 instrument=BTC side=buy lots=2 price=101 fee=7 maker=false late=false position=2 realised=0
      10.3 +60s Posted instrument=BTC book=cash amount=-20200 why=fill
      10.4 +60s Posted instrument=BTC book=inventory amount=20200 why=fill
      10.5 +60s Posted instrument=BTC book=cash amount=-7 why=fee
      10.6 +60s Posted instrument=BTC book=fees amount=7 why=fee
      10.7 +60s EquityMarked equity=9999793 peak=10000000 drawdown=207 dayLoss=207 why=fill
      12.0 +60s ReconciliationNeeded why=differs: fill v2 is not of order 9.10; fill v2 is not of order 9.10"
    `);
  });

  test('one after the end is late', () => {
    const told = story(`${LONG}\n snapshot B fill:v2:#8.3:BTC:buy:1:100`, [...FOUND, 'OrderMoved', 'OrderFilled']);
    expect(from(11, told)).toMatchInlineSnapshot(`
      "11.0 +60s DifferenceFound what=fill of=BTC|v2 held=none venue=1 at 100 resolution=booked to 8.3
      11.1 +60s OrderFilled order=8.3 instrument=BTC side=buy lots=1 price=100 fee=0 maker=false late=true position=4 realised=0
      11.4 +60s ReconciliationNeeded why=fill after end order=8.3"
    `);
  });

  test('a foreign one is booked to none, once: also when its order is adopted later, and when the venue reports it again', () => {
    const told = story(
      `${READY}
       snapshot B fill:v1:ghost:BTC:sell:2:101:7 order:ghost:working:BTC,sell,limit,lots=5,limit=101,filled=2
       snapshot B again-fill:v1:ghost:BTC:sell:2:101:7
       report 9.6 Filled fill=v1 lots=2 price=101
       snapshot B fill:v2:ghost:BTC:sell:1:101`,
      [...FOUND, ...ORDERS, ...MONEY],
    );
    expect(from(9, told)).toMatchInlineSnapshot(`
      "9.0 +1s DifferenceFound what=fill of=BTC|v1 held=none venue=sell 2 at 101 resolution=booked to 'none'
      9.1 +1s Posted instrument=BTC book=cash amount=20200 why=fill
      9.2 +1s Posted instrument=BTC book=inventory amount=-20200 why=fill
      9.3 +1s Posted instrument=BTC book=cash amount=-7 why=fee
      9.4 +1s Posted instrument=BTC book=fees amount=7 why=fee
      9.5 +1s EquityMarked equity=10000193 peak=10000193 drawdown=0 dayLoss=-193 why=fill
      9.6 +1s OrderAdopted order=9.6 instrument=BTC side=sell orderType=limit lots=5 limit=101 filled=2 why=orphan
      9.7 +1s DifferenceFound what=order of=9.6 held=none venue=working resolution=adopted
      11.0 +1s ReconciliationNeeded why=fill reported twice order=9.6
      12.0 +1s DifferenceFound what=fill of=BTC|v2 held=none venue=1 at 101 resolution=booked to 9.6
      12.1 +1s OrderFilled order=9.6 instrument=BTC side=sell lots=1 price=101 fee=0 maker=false late=false position=-3 realised=0
      12.2 +1s Posted instrument=BTC book=cash amount=10100 why=fill
      12.3 +1s Posted instrument=BTC book=inventory amount=-10100 why=fill
      12.4 +1s EquityMarked equity=10000293 peak=10000293 drawdown=0 dayLoss=-293 why=fill"
    `);
  });

  test('a foreign one may go beyond a limit', () => {
    const told = story(`${READY}\n limits account B position=1\n limits instrument BTC position=1\n snapshot B fill:v1:g:BTC:buy:2:101`, [
      'GateMoved',
    ]);
    expect(told).toMatchInlineSnapshot(`
      "11.4 +1s GateMoved scope=account of=B from=OPEN to=REDUCE_ONLY why=Restricted:limit-below-exposure reasons=[limit-below-exposure:account]
      11.5 +1s GateMoved scope=instrument of=BTC from=OPEN to=REDUCE_ONLY why=Restricted:limit-below-exposure reasons=[limit-below-exposure:instrument]"
    `);
  });

  test('the fills of a retired order are remembered', () => {
    const told = story(`${LONG}\n wait @25h\n snapshot B again-fill:v1:#8.3:BTC:buy:3:100`, [...FOUND, 'OrderRetired']);
    expect(from(10, told)).toMatchInlineSnapshot(`"10.7 +86460s OrderRetired order=8.3 instrument=BTC"`);
  });

  test('before the first match a foreign one is in the opening balance, and only remembered', () => {
    const told = story(
      `${READY.replace('  snapshot B\n', '  snapshot B again-fill:v1:ghost:BTC:buy:2:101 position:BTC:2@99 balance:1000 @1s\n')}
       snapshot B again-fill:v1:ghost:BTC:buy:2:101`,
      [...FOUND, ...MONEY],
    );
    expect(told).toMatchInlineSnapshot(`
      "6.0 +1s DifferenceFound what=position of=BTC held=0 venue=2 resolution=taken over
      6.1 +1s Posted instrument=BTC book=cash amount=-19800 why=fill
      6.2 +1s Posted instrument=BTC book=inventory amount=19800 why=fill
      6.3 +1s Posted instrument=none book=cash amount=19800 why=taken over
      6.4 +1s Posted instrument=none book=equity amount=-19800 why=taken over
      6.5 +1s DifferenceFound what=balance of=USD held=10000000 venue=1000 resolution=opening balance
      6.6 +1s Posted instrument=none book=cash amount=-9999000 why=opening balance
      6.7 +1s Posted instrument=none book=equity amount=9999000 why=opening balance"
    `);
  });
});

describe('orders that work there', () => {
  test('what was sending or unknown is found; what is under way is left alone', () => {
    const told = story(
      `${READY}
       on bars @1m: buy BTC 3 limit=90, buy BTC 2 limit=91
       wait @1m
       report 8.4 Lost
       snapshot B order:#8.3:working order:#8.4:working
       cancel 8.3
       snapshot B order:#8.3:working:lots=1`,
      [...FOUND, 'OrderMoved'],
    );
    expect(from(9, told)).toMatchInlineSnapshot(`
      "9.0 +60s OrderMoved order=8.4 instrument=BTC from=SENDING to=UNKNOWN why=Lost filled=0 remaining=2
      10.0 +60s DifferenceFound what=order of=8.3 held=SENDING venue=working resolution=found working
      10.1 +60s OrderMoved order=8.3 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=3
      10.2 +60s DifferenceFound what=order of=8.4 held=UNKNOWN venue=working resolution=found working
      10.3 +60s OrderMoved order=8.4 instrument=BTC from=UNKNOWN to=LIVE why=Acked filled=0 remaining=2
      11.1 +60s OrderMoved order=8.3 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=3"
    `);
  });

  test('other terms are taken over, where the filled lots agree; more lots at once', () => {
    const told = story(
      `${READY}
       on bars @1m: buy BTC 3 limit=90
       wait @1m
       snapshot B order:#8.3:working:lots=5,limit=91
       snapshot B order:#8.3:working:lots=7,filled=1
       report 8.3 Filled fill=v1 lots=2 price=90
       snapshot B order:#8.3:working:lots=2`,
      [...FOUND, 'OrderMoved'],
    );
    expect(from(9, told)).toMatchInlineSnapshot(`
      "9.0 +60s DifferenceFound what=order of=8.3 held=SENDING venue=working resolution=found working
      9.1 +60s OrderMoved order=8.3 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=3
      9.2 +60s DifferenceFound what=order of=8.3 held=3 90 none venue=5 91 none resolution=changed at the venue
      10.0 +60s DifferenceFound what=order of=8.3 held=5 91 none venue=7 91 none resolution=changed at the venue
      12.0 +60s DifferenceFound what=order of=8.3 held=7 91 none venue=2 91 none resolution=changed at the venue
      12.1 +60s OrderMoved order=8.3 instrument=BTC from=LIVE to=FILLED why=Replaced filled=2 remaining=0"
    `);
  });

  test('an order that has grown there is changed before its fills are booked: they do not end it here', () => {
    const told = story(
      `${READY}
       on bars @1m: buy BTC 3 limit=90
       wait @1m
       report 8.3 Acked
       snapshot B fill:v1:#8.3:BTC:buy:4:90 order:#8.3:working:lots=5,limit=91,filled=4
       replace 8.3 lots=7 limit=92
       snapshot B fill:v2:#8.3:BTC:buy:2:92 order:#8.3:working:lots=7,limit=92,filled=6
       report 8.3 Replaced lots=7 limit=92
       cancel 8.3
       snapshot B order:#8.3:working:lots=9,filled=6 order:ghost:cancelled:lots=9
       report 8.3 Cancelled`,
      [...FOUND, 'OrderMoved', 'OrderFilled'],
    );
    expect(from(10, told)).toMatchInlineSnapshot(`
      "10.0 +60s DifferenceFound what=order of=8.3 held=3 90 none venue=5 91 none resolution=changed at the venue
      10.1 +60s DifferenceFound what=fill of=BTC|v1 held=none venue=4 at 90 resolution=booked to 8.3
      10.2 +60s OrderFilled order=8.3 instrument=BTC side=buy lots=4 price=90 fee=0 maker=false late=false position=4 realised=0
      11.1 +60s OrderMoved order=8.3 instrument=BTC from=LIVE to=REPLACE_PENDING why=ReplaceAsked filled=4 remaining=1
      12.0 +60s DifferenceFound what=order of=8.3 held=5 91 none venue=7 92 none resolution=changed at the venue
      12.1 +60s OrderMoved order=8.3 instrument=BTC from=REPLACE_PENDING to=LIVE why=Replaced filled=4 remaining=3
      12.2 +60s DifferenceFound what=fill of=BTC|v2 held=none venue=2 at 92 resolution=booked to 8.3
      12.3 +60s OrderFilled order=8.3 instrument=BTC side=buy lots=2 price=92 fee=0 maker=false late=false position=6 realised=0
      14.1 +60s OrderMoved order=8.3 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=6 remaining=1
      16.0 +60s OrderMoved order=8.3 instrument=BTC from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=6 remaining=1"
    `);
  });

  test('what is asked for and refused counts no longer, also when a cancel was refused first', () => {
    const desk = `${READY}
       limits account B position=5
       on bars @1m: buy BTC 3 limit=90
       on bars @2m: buy BTC 2 limit=90
       wait @1m
       report 9.3 Acked
       replace 9.3 lots=5 limit=91
       cancel 9.3
       report 9.3 CancelRejected
       report 9.3 ReplaceRejected
       trade BTC 100 @1m+30s
       wait @2m`;
    expect(from(10, story(desk, ['OrderMoved', 'OrderApproved', 'OrderRefused']))).toMatchInlineSnapshot(`
      "10.0 +60s OrderMoved order=9.3 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=3
      11.1 +60s OrderMoved order=9.3 instrument=BTC from=LIVE to=REPLACE_PENDING why=ReplaceAsked filled=0 remaining=3
      12.1 +60s OrderMoved order=9.3 instrument=BTC from=REPLACE_PENDING to=CANCEL_PENDING why=CancelAsked filled=0 remaining=3
      13.0 +60s OrderMoved order=9.3 instrument=BTC from=CANCEL_PENDING to=LIVE why=CancelRejected filled=0 remaining=3
      15.2 +120s OrderApproved order=15.2 instrument=BTC side=buy orderType=limit lots=2 limit=90 reducing=false why=script
      15.3 +120s OrderMoved order=15.2 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=2"
    `);
    const { orders } = tellBoth(desk).state() as { orders: { context: object }[] };
    expect(orders[0].context).toMatchObject({ lots: 3, wanted: null });
  });

  test('a limit or a stop alone may have changed', () => {
    const told = story(
      `${READY}
       on bars @1m: buy BTC 3 limit=90, buy BTC 2 stop=110
       wait @1m
       snapshot B order:#8.3:working order:#8.4:working
       snapshot B order:#8.3:working:limit=91 order:#8.4:working:stop=111
       snapshot B order:#8.3:working order:#8.4:working`,
      FOUND,
    );
    expect(from(10, told)).toMatchInlineSnapshot(`
      "10.0 +60s DifferenceFound what=order of=8.3 held=3 90 none venue=3 91 none resolution=changed at the venue
      10.1 +60s DifferenceFound what=order of=8.4 held=2 none 110 venue=2 none 111 resolution=changed at the venue"
    `);
  });

  test('one that has ended here is unexplained', () => {
    expect(from(11, story(`${LONG}\n snapshot B order:#8.3:working`, FOUND))).toMatchInlineSnapshot(
      `"11.0 +60s ReconciliationNeeded why=differs: order 8.3 has ended here and works there"`,
    );
  });

  test('a cancel that was wanted goes out when the order is found', () => {
    const told = story(
      `${READY}
       on bars @1m: buy BTC 3 limit=90
       wait @1m
       cancel 8.3
       snapshot B order:#8.3:working:lots=5`,
      [...FOUND, 'OrderMoved', 'OrderRequested'],
    );
    expect(from(9, told)).toMatchInlineSnapshot(`
      "10.0 +60s DifferenceFound what=order of=8.3 held=SENDING venue=working resolution=found working
      10.1 +60s OrderMoved order=8.3 instrument=BTC from=SENDING to=CANCEL_PENDING why=Acked filled=0 remaining=3
      10.2 +60s OrderRequested order=8.3 instrument=BTC action=cancel why=cancel wanted before"
    `);
  });

  test('an orphan is adopted: it counts, fills to none, and a kill reaches it', () => {
    const told = story(
      `${READY}
       snapshot B order:ghost:working:BTC,sell,stop,lots=5,stop=90,filled=1
       report 9.0 Filled fill=v1 lots=1 price=90
       replace 9.0 lots=6 stop=91
       report 9.0 Replaced lots=6 stop=91
       kill
       report 9.0 Cancelled`,
      [...FOUND, ...ORDERS],
    );
    expect(from(9, told)).toMatchInlineSnapshot(`
      "9.0 +1s OrderAdopted order=9.0 instrument=BTC side=sell orderType=stop lots=5 stop=90 filled=1 why=orphan
      9.1 +1s DifferenceFound what=order of=9.0 held=none venue=working resolution=adopted
      10.0 +1s OrderFilled order=9.0 instrument=BTC side=sell lots=1 price=90 fee=0 maker=false late=false position=-1 realised=0
      11.1 +1s OrderMoved order=9.0 instrument=BTC from=LIVE to=REPLACE_PENDING why=ReplaceAsked filled=2 remaining=3
      11.2 +1s OrderRequested order=9.0 instrument=BTC action=replace why=command lots=6 stop=91
      12.0 +1s OrderMoved order=9.0 instrument=BTC from=REPLACE_PENDING to=LIVE why=Replaced filled=2 remaining=4
      13.2 +1s OrderMoved order=9.0 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=2 remaining=4
      13.3 +1s OrderRequested order=9.0 instrument=BTC action=cancel why=global KILLED
      14.0 +1s OrderMoved order=9.0 instrument=BTC from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=2 remaining=4"
    `);
  });

  test('or adopted and cancelled, where the account says so', () => {
    const told = story(
      `${READY.replace('window=5s', 'window=5s orphans=cancel')}\n snapshot B order:ghost:working:BTC,buy,lots=5,limit=90`,
      [...FOUND, ...ORDERS],
    );
    expect(from(9, told)).toMatchInlineSnapshot(`
      "9.0 +1s OrderAdopted order=9.0 instrument=BTC side=buy orderType=limit lots=5 limit=90 filled=0 why=orphan
      9.1 +1s DifferenceFound what=order of=9.0 held=none venue=working resolution=adopted to be cancelled
      9.2 +1s OrderMoved order=9.0 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=5
      9.3 +1s OrderRequested order=9.0 instrument=BTC action=cancel why=orphan"
    `);
  });
});

test('what is found while all is stopped is cancelled, whatever the account says of orphans', () => {
  const orphan = 'snapshot B order:ghost:working:BTC,buy,lots=5,limit=90';
  const told = (lines: string, desk = READY): string => from(9, story(`${desk}\n ${lines}`, ['DifferenceFound', 'OrderRequested']));
  expect(told(`kill\n ${orphan}`)).toMatchInlineSnapshot(`
    "10.1 +1s DifferenceFound what=order of=10.0 held=none venue=working resolution=adopted to be cancelled
    10.3 +1s OrderRequested order=10.0 instrument=BTC action=cancel why=global KILLED"
  `);
  expect(told(`reconciled B lost\n ${orphan}`)).toMatchInlineSnapshot(`
    "10.1 +1s DifferenceFound what=order of=10.0 held=none venue=working resolution=adopted to be cancelled
    10.4 +1s OrderRequested order=10.0 instrument=BTC action=cancel why=account HALTED"
  `);
  expect(told(`reconciled B lost\n kill\n ${orphan}`, READY.replace('window=5s', 'window=5s orphans=cancel'))).toMatchInlineSnapshot(`
    "11.1 +1s DifferenceFound what=order of=11.0 held=none venue=working resolution=adopted to be cancelled
    11.4 +1s OrderRequested order=11.0 instrument=BTC action=cancel why=global KILLED"
  `);
  expect(told(`pause S\n session-lost B\n ready B\n ${orphan}`)).toMatchInlineSnapshot(
    `"12.1 +1s DifferenceFound what=order of=12.0 held=none venue=working resolution=adopted"`,
  );
});

describe('orders that have ended there', () => {
  test('cancelled, expired and rejected are believed; what has ended here or is not held is nothing', () => {
    const told = story(
      `${READY}
       on bars @1m: buy BTC 1 limit=90, buy BTC 2 limit=90, buy BTC 3 limit=90
       wait @1m
       snapshot B order:#8.3:cancelled order:#8.4:expired order:#8.5:rejected order:ghost:cancelled
       snapshot B order:#8.3:expired`,
      [...FOUND, 'OrderMoved'],
    );
    expect(from(9, told)).toMatchInlineSnapshot(`
      "9.0 +60s DifferenceFound what=order of=8.3 held=SENDING venue=cancelled resolution=ended at the venue
      9.1 +60s OrderMoved order=8.3 instrument=BTC from=SENDING to=CANCELLED why=Cancelled filled=0 remaining=1
      9.2 +60s DifferenceFound what=order of=8.4 held=SENDING venue=expired resolution=ended at the venue
      9.3 +60s OrderMoved order=8.4 instrument=BTC from=SENDING to=EXPIRED why=Expired filled=0 remaining=2
      9.4 +60s DifferenceFound what=order of=8.5 held=SENDING venue=rejected resolution=ended at the venue
      9.5 +60s OrderMoved order=8.5 instrument=BTC from=SENDING to=REJECTED why=Rejected filled=0 remaining=3"
    `);
  });

  test('filled: fills that are missing are unexplained; at fewer lots it is filled; at more it stays', () => {
    const told = story(
      `${READY}
       on bars @1m: buy BTC 3 limit=90
       wait @1m
       report 8.3 Acked
       snapshot B order:#8.3:filled:filled=3
       report 8.3 Filled fill=v1 lots=2 price=90
       snapshot B order:#8.3:filled
       snapshot B order:#8.3:filled:lots=2,limit=89`,
      [...FOUND, 'OrderMoved'],
    );
    expect(from(9, told)).toMatchInlineSnapshot(`
      "9.0 +60s OrderMoved order=8.3 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=3
      10.0 +60s ReconciliationNeeded why=differs: order 8.3: fills are missing
      12.0 +60s DifferenceFound what=order of=8.3 held=LIVE venue=filled resolution=ended at the venue
      13.0 +60s DifferenceFound what=order of=8.3 held=LIVE venue=filled resolution=ended at the venue
      13.1 +60s OrderMoved order=8.3 instrument=BTC from=LIVE to=FILLED why=Replaced filled=2 remaining=0"
    `);
    const { orders } = tellBoth(`${READY}
       on bars @1m: buy BTC 3 limit=90
       wait @1m
       report 8.3 Acked
       snapshot B order:#8.3:filled:lots=1,limit=80`).state() as { orders: { context: object }[] };
    expect(orders[0].context).toMatchObject({ lots: 3, limit: 90 });
  });
});

test('missing names: an unknown order never existed, unless it has filled; a live one is gone without a trace', () => {
  const told = story(
    `${READY}
     on bars @1m: buy BTC 1 limit=90, buy BTC 2 limit=90, buy BTC 3 limit=90, buy BTC 4 limit=90
     wait @1m
     report 8.4 Lost
     report 8.5 Acked
     report 8.6 Filled fill=v1 lots=1 price=90
     report 8.6 Lost
     snapshot B missing:#8.3 missing:#8.4 missing:#8.5 missing:#8.6 missing:ghost
     snapshot B missing:#8.4`,
    [...FOUND, 'OrderMoved'],
  );
  expect(from(13, told)).toMatchInlineSnapshot(`
    "13.0 +60s DifferenceFound what=order of=8.4 held=UNKNOWN venue=none resolution=never existed
    13.1 +60s OrderMoved order=8.4 instrument=BTC from=UNKNOWN to=REJECTED why=NeverExisted filled=0 remaining=2
    13.2 +60s ReconciliationNeeded why=differs: order 8.5 is gone without a trace; order 8.6 is gone without a trace"
  `);
});

describe('money and positions', () => {
  test('the first snapshot is the opening: balance, positions at the price told or the reference, transfers only remembered', () => {
    const told = story(
      `instrument BTC
       instrument ETH
       instrument XRP
       account B venue=sim
       arm
       ready B
       trade ETH 50 @1s
       snapshot B balance:5000 transfer:t1:100:deposit position:BTC:3@100 position:ETH:-2 position:XRP:1
       snapshot B again-transfer:t1:100:deposit position:XRP:1@7`,
      [...FOUND, ...MONEY, 'SessionMoved', 'GateMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "8.0 +1s DifferenceFound what=position of=BTC held=0 venue=3 resolution=taken over
      8.1 +1s Posted instrument=BTC book=cash amount=-30000 why=fill
      8.2 +1s Posted instrument=BTC book=inventory amount=30000 why=fill
      8.3 +1s Posted instrument=none book=cash amount=30000 why=taken over
      8.4 +1s Posted instrument=none book=equity amount=-30000 why=taken over
      8.5 +1s DifferenceFound what=position of=ETH held=0 venue=-2 resolution=taken over
      8.6 +1s Posted instrument=ETH book=cash amount=10000 why=fill
      8.7 +1s Posted instrument=ETH book=inventory amount=-10000 why=fill
      8.8 +1s Posted instrument=none book=cash amount=-10000 why=taken over
      8.9 +1s Posted instrument=none book=equity amount=10000 why=taken over
      8.10 +1s DifferenceFound what=balance of=USD held=10000000 venue=5100 resolution=opening balance
      8.11 +1s Posted instrument=none book=cash amount=-9994900 why=opening balance
      8.12 +1s Posted instrument=none book=equity amount=9994900 why=opening balance
      8.13 +1s ReconciliationNeeded why=differs: position XRP: no price to take 1 over at
      9.0 +1s DifferenceFound what=position of=XRP held=0 venue=1 resolution=taken over
      9.1 +1s Posted instrument=XRP book=cash amount=-700 why=fill
      9.2 +1s Posted instrument=XRP book=inventory amount=700 why=fill
      9.3 +1s Posted instrument=none book=cash amount=700 why=taken over
      9.4 +1s Posted instrument=none book=equity amount=-700 why=taken over
      9.5 +1s SessionMoved from=reconciling to=ready why=Reconciled
      9.6 +1s GateMoved scope=account of=B from=RECONCILE to=ARMED why=Reconciled"
    `);
  });

  test('what is taken over is neither gain nor loss of the day', () => {
    const { accounts } = tellBoth(
      `${READY.replace('  snapshot B\n', '  trade BTC 100\n  snapshot B balance:5000 position:BTC:3@100\n')}\n snapshot B`,
    ).state() as { accounts: { dayStart: bigint; peak: bigint }[] };
    expect([accounts[0].dayStart, accounts[0].peak]).toEqual([35_000n, 35_000n]);
  });

  test('what is taken over is marked at whole seconds from then on', () => {
    const told = story(
      `${READY.replace('  snapshot B\n', '')}
       limits account B drawdown=3000
       snapshot B position:BTC:3
       trade BTC 90 @2.5s
       wait @4s`,
      ['EquityMarked', 'GateMoved'],
    );
    expect(told).toMatchInlineSnapshot(`
      "9.6 +1s GateMoved scope=account of=B from=RECONCILE to=ARMED why=Reconciled
      10.0 +3s EquityMarked equity=10027000 peak=10030000 drawdown=3000 dayLoss=3000 why=drawdown
      10.1 +3s GateMoved scope=account of=B from=ARMED to=HALTED why=Restricted:drawdown reasons=[drawdown:day]"
    `);
  });

  test('later a position that differs is unexplained, until somebody accepts the venue', () => {
    const told = story(
      `${LONG}
       limits account B position=4
       snapshot B position:BTC:5
       accept B
       snapshot B position:BTC:5@101`,
      [...FOUND, ...MONEY, 'GateMoved', 'CommandAnswered'],
    );
    expect(from(12, told)).toMatchInlineSnapshot(`
      "12.0 +60s ReconciliationNeeded why=differs: position BTC: 3 here, 5 there
      13.0 +60s CommandAnswered key=k13 ok=true why=
      14.0 +60s DifferenceFound what=position of=BTC held=3 venue=5 resolution=taken over
      14.1 +60s Posted instrument=BTC book=cash amount=-20200 why=fill
      14.2 +60s Posted instrument=BTC book=inventory amount=20200 why=fill
      14.3 +60s Posted instrument=none book=cash amount=20200 why=taken over
      14.4 +60s Posted instrument=none book=equity amount=-20200 why=taken over
      14.5 +60s GateMoved scope=account of=B from=OPEN to=REDUCE_ONLY why=Restricted:limit-below-exposure reasons=[limit-below-exposure:account]"
    `);
  });

  test('a transfer is booked once, in the currency of the account', () => {
    const told = story(
      `${READY}
       snapshot B transfer:t1:100:deposit transfer:t2:0:nothing transfer:t3:7:interest:EUR
       snapshot B again-transfer:t1:100:deposit again-transfer:t2:5:late`,
      [...FOUND, ...MONEY],
    );
    expect(from(9, told)).toMatchInlineSnapshot(`
      "9.0 +1s DifferenceFound what=balance of=USD held=none venue=100 resolution=booked: deposit
      9.1 +1s Posted instrument=none book=cash amount=100 why=deposit
      9.2 +1s Posted instrument=none book=equity amount=-100 why=deposit"
    `);
  });

  test('cash: within the tolerance rounding, which is a gain or loss; beyond it unexplained; accepted', () => {
    const desk = `${READY.replace('window=5s', 'window=5s tolerance=5')}
       snapshot B balance:-5
       snapshot B balance:+6
       snapshot B balance:-6
       accept B
       snapshot B balance:+6`;
    expect(from(9, story(desk, [...FOUND, ...MONEY]))).toMatchInlineSnapshot(`
      "9.0 +1s DifferenceFound what=balance of=USD held=10000000 venue=9999995 resolution=rounding
      9.1 +1s Posted instrument=none book=cash amount=-5 why=rounding
      9.2 +1s Posted instrument=none book=equity amount=5 why=rounding
      10.0 +1s ReconciliationNeeded why=differs: balance USD: 9999995 here, 10000001 there
      11.0 +1s ReconciliationNeeded why=differs: balance USD: 9999995 here, 9999989 there
      13.0 +1s DifferenceFound what=balance of=USD held=9999995 venue=10000001 resolution=accepted
      13.1 +1s Posted instrument=none book=cash amount=6 why=accepted
      13.2 +1s Posted instrument=none book=equity amount=-6 why=accepted"
    `);
    const { accounts } = tellBoth(desk).state() as { accounts: { dayStart: bigint; peak: bigint }[] };
    expect([accounts[0].dayStart, accounts[0].peak]).toEqual([10_000_006n, 10_000_006n]);
  });
});

describe('the outcome', () => {
  test('three in a row that differ halt the account; one that matches begins the count again', () => {
    const told = story(
      `${READY}
       snapshot B balance:+1
       snapshot B balance:+1
       snapshot B
       snapshot B balance:+1
       snapshot B balance:+1
       snapshot B balance:+1 position:BTC:1
       snapshot B balance:+1
       accept B
       acknowledge account B
       snapshot B balance:+1
       arm account B`,
      [...FOUND, 'GateMoved', 'SessionMoved', 'CommandAnswered'],
    );
    expect(from(9, told)).toMatchInlineSnapshot(`
      "9.0 +1s ReconciliationNeeded why=differs: balance USD: 10000000 here, 10000001 there
      10.0 +1s ReconciliationNeeded why=differs: balance USD: 10000000 here, 10000001 there
      12.0 +1s ReconciliationNeeded why=differs: balance USD: 10000000 here, 10000001 there
      13.0 +1s ReconciliationNeeded why=differs: balance USD: 10000000 here, 10000001 there
      14.0 +1s SessionMoved from=ready to=degraded why=Differed
      14.1 +1s GateMoved scope=account of=B from=OPEN to=HALTED why=Restricted:reconciliation reasons=[reconciliation:venue]
      14.2 +1s Alerted topic=reconciliation text=position BTC: 0 here, 1 there; balance USD: 10000000 here, 10000001 there
      15.0 +1s ReconciliationNeeded why=differs: balance USD: 10000000 here, 10000001 there
      16.0 +1s CommandAnswered key=k16 ok=true why=
      17.0 +1s GateMoved scope=account of=B from=HALTED to=RECONCILE why=Acknowledged
      17.1 +1s CommandAnswered key=k17 ok=true why=
      18.0 +1s DifferenceFound what=balance of=USD held=10000000 venue=10000001 resolution=accepted
      18.3 +1s SessionMoved from=degraded to=ready why=Reconciled
      18.4 +1s GateMoved scope=account of=B from=RECONCILE to=ARMED why=Reconciled
      19.0 +1s GateMoved scope=account of=B from=ARMED to=OPEN why=Armed
      19.1 +1s CommandAnswered key=k19 ok=true why="
    `);
  });

  test('of many differences twenty are named: no text grows beyond what a record holds', () => {
    const rows = (count: number): string =>
      Array.from({ length: count }, (_, i) => `again-fill:${'€'.repeat(198)}${i}:#8.3:BTC:sell:1:100`).join(' ');
    const said = (lines: string): string[] =>
      tellBoth(`${LONG}\n ${lines}`).decisions.flatMap((one) =>
        one.type === 'ReconciliationNeeded' ? [one.why] : one.type === 'Alerted' ? [one.text] : [],
      );
    const [first, second, third] = said(`snapshot B ${rows(20)}\n snapshot B ${rows(21)}\n snapshot B ${rows(90)}`);
    expect(first).toMatch(/^differs: fill €+0 .*; fill €+19 is not of order 8\.3$/);
    expect(second).toBe(`${first}; and 1 more`);
    expect(`differs: ${third}`).toBe(`${first}; and 70 more`);
    const texts = Array.from({ length: 23 }, (_, i) => `${'€'.repeat(990)}${i}`).join(' ');
    expect(said(`reconciled B ${texts}`)).toEqual([expect.stringMatching(/^€+0; .*; €+19; and 3 more$/)]);
  });

  test('an unknown account, one at the pure venue, and rows of what is not defined or of another currency say nothing', () => {
    const told = story(
      `${READY}
       instrument EUX currency=EUR
       account P
       snapshot Z position:BTC:1
       snapshot P position:BTC:1
       snapshot B again-fill:v1:g:EUX:buy:1:1 again-fill:v1:g:NIX:buy:1:1 order:g:working:EUX order:h:working:NIX position:EUX:1 position:NIX:1`,
      [...FOUND, ...ORDERS, ...MONEY, 'GateMoved'],
    );
    expect(from(11, told)).toMatchInlineSnapshot(`""`);
  });
});

describe('protection', () => {
  const SHOW = [...FOUND, 'OrderApproved', 'OrderRefused', 'OrderMoved'] as const;

  test('a stop cancelled unasked is placed again in the same fact, twice; the third loss is told to a person', () => {
    const told = story(
      `${GUARDED}
       report 10.6 Cancelled
       report 12.1 Acked
       report 12.1 Expired
       report 14.1 Acked
       report 14.1 Cancelled`,
      SHOW,
    );
    expect(from(12, told)).toMatchInlineSnapshot(`
      "12.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=3
      12.1 +61s OrderApproved order=12.1 instrument=BTC side=sell orderType=stop lots=3 stop=90 reducing=true why=re-armed
      12.2 +61s OrderMoved order=12.1 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3
      13.0 +61s OrderMoved order=12.1 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=3
      14.0 +61s OrderMoved order=12.1 instrument=BTC from=LIVE to=EXPIRED why=Expired filled=0 remaining=3
      14.1 +61s OrderApproved order=14.1 instrument=BTC side=sell orderType=stop lots=3 stop=90 reducing=true why=re-armed
      14.2 +61s OrderMoved order=14.1 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3
      15.0 +61s OrderMoved order=14.1 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=3
      16.0 +61s OrderMoved order=14.1 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=3
      16.1 +61s Alerted topic=protection text=S BTC: its stop 14.1 is gone"
    `);
  });

  test('a loss while the line is down waits for the snapshot, and is placed for what is still held', () => {
    const told = story(
      `${GUARDED}
       session-lost B
       report 10.6 Cancelled
       ready B
       snapshot B fill:v2:ghost:BTC:buy:9:100 fill:v3:#8.3:BTC:buy:1:100 position:BTC:14
       snapshot B`,
      SHOW,
    );
    expect(from(12, told)).toMatchInlineSnapshot(`
      "13.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=3
      15.0 +61s DifferenceFound what=fill of=BTC|v2 held=none venue=buy 9 at 100 resolution=booked to 'none'
      15.4 +61s DifferenceFound what=fill of=BTC|v3 held=none venue=1 at 100 resolution=booked to 8.3
      15.8 +61s ReconciliationNeeded why=fill after end order=8.3
      15.10 +61s ReconciliationNeeded why=differs: position BTC: 13 here, 14 there
      16.2 +61s OrderApproved order=16.2 instrument=BTC side=sell orderType=stop lots=3 stop=90 reducing=true why=re-armed
      16.3 +61s OrderMoved order=16.2 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3"
    `);
  });

  test('a loss that the snapshot shows is placed again in it, also where it differs for the first time', () => {
    expect(from(12, story(`${GUARDED}\n snapshot B order:#10.6:cancelled balance:+1`, SHOW))).toMatchInlineSnapshot(`
      "12.0 +61s DifferenceFound what=order of=10.6 held=LIVE venue=cancelled resolution=ended at the venue
      12.1 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=3
      12.2 +61s ReconciliationNeeded why=differs: balance USD: 9970000 here, 9970001 there
      12.3 +61s OrderApproved order=12.3 instrument=BTC side=sell orderType=stop lots=3 stop=90 reducing=true why=re-armed
      12.4 +61s OrderMoved order=12.3 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3"
    `);
  });

  test('nothing where the position is gone, and only what is left of it', () => {
    const gone = `${GUARDED}\n on signal#1: sell BTC 3\n on signal#2: sell BTC 2\n`;
    expect(
      from(15, story(`${gone} signal S go\n report 12.1 Acked\n report 12.1 Filled fill=v2 lots=3 price=99\n report 10.6 Cancelled`, SHOW)),
    ).toMatchInlineSnapshot(`"15.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=3"`);
    expect(
      from(14, story(`${GUARDED}\n report 10.6 Filled fill=v2 lots=1 price=90\n snapshot B\n report 10.6 Cancelled`, SHOW)),
    ).toMatchInlineSnapshot(`
      "14.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=1 remaining=2
      14.1 +61s OrderApproved order=14.1 instrument=BTC side=sell orderType=stop lots=2 stop=90 reducing=true why=re-armed
      14.2 +61s OrderMoved order=14.1 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=2"
    `);
  });

  test('placed for what is left of the position, and not where it would add to one', () => {
    const lost = (sold: number): string =>
      from(
        15,
        story(
          `${GUARDED}
           on signal#1: sell BTC ${sold}
           signal S go
           report 12.1 Acked
           report 12.1 Filled fill=v2 lots=${sold} price=99
           report 10.6 Cancelled`,
          SHOW,
        ),
      );
    expect(lost(2)).toMatchInlineSnapshot(`
      "15.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=3
      15.1 +61s OrderApproved order=15.1 instrument=BTC side=sell orderType=stop lots=1 stop=90 reducing=true why=re-armed
      15.2 +61s OrderMoved order=15.1 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=1"
    `);
    expect(lost(5)).toMatchInlineSnapshot(
      `"15.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=3"`,
    );
  });

  test('nothing when the order is no longer held', () => {
    const told = story(`${GUARDED}\n session-lost B\n report 10.6 Cancelled\n wait @25h\n ready B\n snapshot B`, [
      ...SHOW,
      'OrderRetired',
      'SessionMoved',
    ]);
    expect(from(13, told)).toMatchInlineSnapshot(`
      "13.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=3
      13.2 +86460s OrderRetired order=8.3 instrument=BTC
      13.3 +86461s OrderRetired order=10.6 instrument=BTC
      14.0 +90000s SessionMoved from=connecting to=authenticating why=Connected
      14.1 +90000s SessionMoved from=authenticating to=reconciling why=Authenticated
      15.0 +90000s SessionMoved from=reconciling to=ready why=Reconciled"
    `);
  });

  test('what the line was down for, and no snapshot has answered, is placed again with the next loss', () => {
    const told = story(
      `${GUARDED.replace('sell BTC 3 stop=90 reduce', 'sell BTC 2 stop=90 reduce, sell BTC 1 stop=91 reduce')}
       report 10.7 Acked
       session-lost B
       report 10.6 Cancelled
       ready B
       reconciled B
       report 10.7 Cancelled`,
      SHOW,
    );
    expect(from(13, told)).toMatchInlineSnapshot(`
      "14.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=2
      17.0 +61s OrderMoved order=10.7 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=1
      17.1 +61s OrderApproved order=17.1 instrument=BTC side=sell orderType=stop lots=2 stop=90 reducing=true why=re-armed
      17.2 +61s OrderApproved order=17.2 instrument=BTC side=sell orderType=stop lots=1 stop=91 reducing=true why=re-armed
      17.3 +61s OrderMoved order=17.1 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=2
      17.5 +61s OrderMoved order=17.2 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=1"
    `);
  });

  test('one that was to be cancelled, of a stated end, or not reducing is no loss', () => {
    const quiet = (how: string): string => story(`${GUARDED}\n ${how}`, ['Alerted', 'OrderApproved', 'OrderRefused']);
    const before = story(GUARDED, ['Alerted', 'OrderApproved', 'OrderRefused']);
    expect(quiet('cancel 10.6\n report 10.6 Cancelled')).toBe(before);
    expect(quiet('report 10.6 Lost\n cancel 10.6\n report 10.6 Cancelled')).toBe(before);
    const dated = GUARDED.replace('stop=90 reduce', 'stop=90 reduce @3m');
    expect(story(`${dated}\n report 10.6 Expired`, ['Alerted', 'OrderApproved', 'OrderRefused'])).toBe(
      story(dated, ['Alerted', 'OrderApproved', 'OrderRefused']),
    );
    const opening = GUARDED.replace('sell BTC 3 stop=90 reduce', 'buy BTC 3 stop=110');
    expect(story(`${opening}\n report 10.6 Cancelled`, ['Alerted', 'OrderApproved', 'OrderRefused'])).toBe(
      story(opening, ['Alerted', 'OrderApproved', 'OrderRefused']),
    );
    expect(quiet('session-lost B\n report 10.6 Lost')).toBe(before);
  });

  test('lost from unknown and from a replacement under way; a stated end that is cancelled early is placed again with it', () => {
    const told = story(
      `${GUARDED.replace('stop=90 reduce', 'stop=90 reduce @3m')}
       report 10.6 Lost
       report 10.6 Cancelled
       report 13.1 Acked
       replace 13.1 lots=3 stop=91
       report 13.1 Cancelled`,
      SHOW,
    );
    expect(from(12, told)).toMatchInlineSnapshot(`
      "12.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=UNKNOWN why=Lost filled=0 remaining=3
      13.0 +61s OrderMoved order=10.6 instrument=BTC from=UNKNOWN to=CANCELLED why=Cancelled filled=0 remaining=3
      13.1 +61s OrderApproved order=13.1 instrument=BTC side=sell orderType=stop lots=3 stop=90 expiresAt=+180s reducing=true why=re-armed
      13.2 +61s OrderMoved order=13.1 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3
      14.0 +61s OrderMoved order=13.1 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=3
      15.1 +61s OrderMoved order=13.1 instrument=BTC from=LIVE to=REPLACE_PENDING why=ReplaceAsked filled=0 remaining=3
      16.0 +61s OrderMoved order=13.1 instrument=BTC from=REPLACE_PENDING to=CANCELLED why=Cancelled filled=0 remaining=3
      16.1 +61s OrderApproved order=16.1 instrument=BTC side=sell orderType=stop lots=3 stop=90 expiresAt=+180s reducing=true why=re-armed
      16.2 +61s OrderMoved order=16.1 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3"
    `);
  });

  test('a refusal is told to a person right after it', () => {
    expect(from(12, story(`${GUARDED}\n pause S\n report 10.6 Cancelled`, SHOW))).toMatchInlineSnapshot(`
      "13.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=3
      13.1 +61s OrderRefused instrument=BTC side=sell orderType=stop lots=3 stop=90 why=re-armed
      13.2 +61s Alerted topic=protection text=S BTC: its stop 10.6 is gone"
    `);
  });

  test('one that is refused by the venue, never sent or never was is told to a person; one that opens is not', () => {
    const unheard = GUARDED.replace('  report 10.6 Acked @1m+1s', '');
    const told = (desk: string): string => story(desk, ['Alerted']);
    expect(told(`${GUARDED}\n report 10.6 Rejected`)).toMatchInlineSnapshot(
      `"12.1 +61s Alerted topic=protection text=S BTC: its stop 10.6 is gone"`,
    );
    expect(told(`${unheard}\n report 10.6 Rejected`)).toMatchInlineSnapshot(
      `"11.1 +60s Alerted topic=protection text=S BTC: its stop 10.6 is gone"`,
    );
    expect(told(`${unheard}\n not-sent 10.8`)).toMatchInlineSnapshot(
      `"11.1 +60s Alerted topic=protection text=S BTC: its stop 10.6 is gone"`,
    );
    expect(told(`${unheard}\n report 10.6 Lost\n snapshot B missing:#10.6`)).toMatchInlineSnapshot(
      `"12.2 +60s Alerted topic=protection text=S BTC: its stop 10.6 is gone"`,
    );
    const opening = unheard.replace('sell BTC 3 stop=90 reduce', 'buy BTC 3 stop=110');
    expect(told(`${opening}\n report 10.6 Rejected`)).toBe('');
    const limit = unheard.replace('sell BTC 3 stop=90 reduce', 'sell BTC 3 limit=110 reduce');
    expect(told(`${limit}\n report 10.6 Rejected`)).toBe('');
  });

  test('what was placed again and never came to be is told to a person', () => {
    expect(from(12, story(`${GUARDED}\n report 10.6 Cancelled\n report 12.1 Rejected`, SHOW))).toMatchInlineSnapshot(`
      "12.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=3
      12.1 +61s OrderApproved order=12.1 instrument=BTC side=sell orderType=stop lots=3 stop=90 reducing=true why=re-armed
      12.2 +61s OrderMoved order=12.1 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3
      13.0 +61s OrderMoved order=12.1 instrument=BTC from=SENDING to=REJECTED why=Rejected filled=0 remaining=3
      13.1 +61s Alerted topic=protection text=S BTC: its stop 12.1 is gone"
    `);
    expect(from(12, story(`${GUARDED}\n report 10.6 Cancelled\n not-sent 12.3`, SHOW))).toMatchInlineSnapshot(`
      "12.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=3
      12.1 +61s OrderApproved order=12.1 instrument=BTC side=sell orderType=stop lots=3 stop=90 reducing=true why=re-armed
      12.2 +61s OrderMoved order=12.1 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3
      13.0 +61s OrderMoved order=12.1 instrument=BTC from=SENDING to=CANCELLED why=NotSent filled=0 remaining=3
      13.1 +61s Alerted topic=protection text=S BTC: its stop 12.1 is gone"
    `);
    expect(
      from(
        12,
        story(`${GUARDED}\n report 10.6 Cancelled\n report 12.1 Lost\n wait @1m+20s\n snapshot B missing:#12.1`, [...SHOW, 'GateMoved']),
      ),
    ).toMatchInlineSnapshot(`
      "12.0 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=0 remaining=3
      12.1 +61s OrderApproved order=12.1 instrument=BTC side=sell orderType=stop lots=3 stop=90 reducing=true why=re-armed
      12.2 +61s OrderMoved order=12.1 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3
      13.0 +61s OrderMoved order=12.1 instrument=BTC from=SENDING to=UNKNOWN why=Lost filled=0 remaining=3
      13.1 +71s GateMoved scope=account of=B from=OPEN to=REDUCE_ONLY why=Restricted:order-unknown reasons=[order-unknown:12.1]
      13.2 +71s GateMoved scope=instrument of=BTC from=OPEN to=REDUCE_ONLY why=Restricted:order-unknown reasons=[order-unknown:12.1]
      14.0 +80s DifferenceFound what=order of=12.1 held=UNKNOWN venue=none resolution=never existed
      14.1 +80s OrderMoved order=12.1 instrument=BTC from=UNKNOWN to=REJECTED why=NeverExisted filled=0 remaining=3
      14.2 +80s GateMoved scope=account of=B from=REDUCE_ONLY to=OPEN why=Cleared:order-unknown
      14.3 +80s GateMoved scope=instrument of=BTC from=REDUCE_ONLY to=OPEN why=Cleared:order-unknown
      14.4 +80s Alerted topic=protection text=S BTC: its stop 12.1 is gone"
    `);
  });
});

describe('commands', () => {
  test('AcceptVenue names an outside account; an older view of its gate is stale', () => {
    const told = story(
      `${READY}
       account P
       accept P
       accept Z
       session-lost B
       accept B saw=9
       accept B`,
      ['CommandAnswered'],
    );
    expect(from(9, told)).toMatchInlineSnapshot(`
      "10.0 +1s CommandAnswered key=k10 ok=false why=unknown
      11.0 +1s CommandAnswered key=k11 ok=false why=unknown
      13.0 +1s CommandAnswered key=k13 ok=false why=stale numbers=[now:CANCEL_ONLY changedAt:12]
      14.0 +1s CommandAnswered key=k14 ok=true why="
    `);
  });

  test('Reset begins a flat paper account again, its books and those of its strategies', () => {
    const desk = `
       instrument BTC
       account A mode=PAPER
       account L mode=LIVE
       account B venue=sim
       arm
       deploy S BTC/1m
       on bars @1m: buy BTC 2
       on bars @2m: sell BTC 2
       on signal#1: buy BTC 1 limit=50
       trade BTC 100 x9 @1s
       trade BTC 100 x9 @1m
       reset A cash=5000000
       trade BTC 90 x9 @2m
       signal S go
       reset A cash=5000000
       flatten A
       reset A cash=5000000
       reset A cash=5000000 saw=1
       reset L cash=1
       reset B cash=1
       reset Z cash=1`;
    expect(from(12, story(desk, ['CommandAnswered', 'Posted']))).toMatchInlineSnapshot(`
      "12.0 +120s CommandAnswered key=k12 ok=false why=not flat
      13.0 +120s CommandAnswered key=k13 ok=true why=
      14.0 +120s Posted instrument=none book=cash amount=-4998000 why=reset
      14.1 +120s Posted instrument=none book=equity amount=4998000 why=reset
      14.2 +120s CommandAnswered key=k14 ok=true why=
      15.0 +120s CommandAnswered key=k15 ok=false why=stale numbers=[now:OPEN changedAt:2]
      16.0 +120s CommandAnswered key=k16 ok=false why=not paper
      17.0 +120s CommandAnswered key=k17 ok=false why=not paper
      18.0 +120s CommandAnswered key=k18 ok=false why=unknown"
    `);
    const { accounts, strategies } = tellBoth(desk).state() as Record<'accounts' | 'strategies', object[]>;
    expect(accounts[0]).toMatchObject({ dayStart: 5_000_000n, peak: 5_000_000n, maxDrawdown: 0n });
    expect(strategies[0]).toMatchObject({ dayStart: -2000n, peak: -2000n, maxDrawdown: 0n });
  });

  test.each([
    ['paused', 'pause S'],
    ['stopped', 'stop S'],
    ['faulted', 'trade BTC 100 @1m+30s\n wait @2m'],
  ])('Flatten closes what a strategy holds that is %s, within its limits', (state, how) => {
    const desk = `${LONG}\n on bars @2m: throw\n ${how}`;
    const told = (lines: string): string =>
      from(11, story(`${desk}\n ${lines}`, ['StrategyMoved', 'OrderApproved', 'OrderRequested', 'OrderRefused']));
    const approved =
      /^11\.\d \S+ StrategyMoved .* to=(\w+) .*\n12\.1 .* OrderApproved .* lots=3 .*why=flatten\n12\.3 .* OrderRequested .*$/;
    expect(approved.exec(told('flatten B'))?.[1]).toBe(state);
  });

  test('where nothing may close a position, Flatten does nothing: what protects it stays', () => {
    const told = (lines: string): string => from(12, story(`${GUARDED}\n ${lines}`, [...ORDERS, 'CommandAnswered']));
    expect(told('session-lost B\n flatten B')).toMatchInlineSnapshot(
      `"13.0 +61s CommandAnswered key=k13 ok=false why=not now numbers=[now:CANCEL_ONLY]"`,
    );
    expect(told('kill\n flatten B').split('\n').at(-1)).toMatchInlineSnapshot(
      `"13.0 +61s CommandAnswered key=k13 ok=false why=not now numbers=[now:KILLED]"`,
    );
  });

  test('where a close is refused, what protects the position stays; what opens is cancelled all the same', () => {
    const told = story(
      `${GUARDED}
       on bars @2m: buy BTC 1 limit=80
       trade BTC 100 x9 @1m+30s
       wait @2m
       report 12.2 Acked
       limits account B rate=0
       flatten B`,
      [...ORDERS, 'CommandAnswered'],
    );
    expect(from(12, told)).toMatchInlineSnapshot(`
      "12.2 +120s OrderApproved order=12.2 instrument=BTC side=buy orderType=limit lots=1 limit=80 reducing=false why=script
      12.3 +120s OrderMoved order=12.2 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=1
      12.4 +120s OrderRequested order=12.2 instrument=BTC action=send why=script lots=1 limit=80
      13.0 +120s OrderMoved order=12.2 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=1
      15.0 +120s CommandAnswered key=k15 ok=true why=
      15.1 +120s OrderRefused instrument=BTC side=sell orderType=market lots=3 why=flatten
      15.2 +120s OrderMoved order=12.2 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=1
      15.3 +120s OrderRequested order=12.2 instrument=BTC action=cancel why=flatten"
    `);
  });

  test('a close that ends unfilled is told to a person: the stop it replaces is gone', () => {
    const told = (end: string): string => from(13, story(`${GUARDED}\n flatten B\n ${end}`, ['Alerted', 'OrderMoved']));
    expect(told('not-sent 12.5 late')).toMatchInlineSnapshot(`
      "13.0 +61s OrderMoved order=12.1 instrument=BTC from=SENDING to=CANCELLED why=NotSent filled=0 remaining=3
      13.1 +61s Alerted topic=protection text=S BTC: its close 12.1 ended with 3 lots open"
    `);
    expect(told('report 12.1 Filled fill=v2 lots=1 price=99\n report 12.1 Cancelled')).toMatchInlineSnapshot(`
      "13.0 +61s OrderMoved order=12.1 instrument=BTC from=SENDING to=LIVE why=Filled filled=1 remaining=2
      14.0 +61s OrderMoved order=12.1 instrument=BTC from=LIVE to=CANCELLED why=Cancelled filled=1 remaining=2
      14.1 +61s Alerted topic=protection text=S BTC: its close 12.1 ended with 2 lots open"
    `);
    expect(told('report 12.1 Filled fill=v2 lots=3 price=99')).not.toContain('Alerted');
  });

  test('a second Flatten asks for no more than is held, whatever the first has still working', () => {
    const told = story(
      `${GUARDED}
       flatten B
       report 10.6 Filled fill=v2 lots=3 price=90
       flatten B`,
      [...ORDERS, 'CommandAnswered'],
    );
    expect(from(13, told)).toMatchInlineSnapshot(`
      "13.0 +61s OrderMoved order=10.6 instrument=BTC from=CANCEL_PENDING to=FILLED why=Filled filled=3 remaining=0
      13.1 +61s OrderFilled order=10.6 instrument=BTC side=sell lots=3 price=90 fee=0 maker=false late=false position=0 realised=-3000
      14.0 +61s CommandAnswered key=k14 ok=true why="
    `);
  });

  test('an instrument that lets nothing close is left as it is, and named; the others are closed', () => {
    const told = story(
      `${GUARDED}
       instrument ETH sources=y
       snapshot B fill:v2:hand:ETH:buy:2:50 order:hand2:working:ETH,sell,stop,lots=2,stop=40
       lost y
       flatten B`,
      [...ORDERS, 'CommandAnswered'],
    );
    expect(from(15, told)).toMatchInlineSnapshot(`
      "15.0 +61s CommandAnswered key=k15 ok=false why=not all numbers=[ETH:CANCEL_ONLY]
      15.1 +61s OrderApproved order=15.1 instrument=BTC side=sell orderType=market lots=3 reducing=true why=flatten
      15.2 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=3
      15.3 +61s OrderRequested order=10.6 instrument=BTC action=cancel why=flatten
      15.4 +61s OrderMoved order=15.1 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3
      15.5 +61s OrderRequested order=15.1 instrument=BTC action=send why=flatten lots=3"
    `);
  });

  test('Flatten closes what none holds, after the strategies, and once', () => {
    const told = story(
      `${LONG}
       snapshot B fill:v2:ghost:BTC:buy:5:100 order:orphan:working:BTC,buy,lots=5,limit=90
       flatten B
       flatten B
       report 12.1 Filled fill=v3 lots=3 price=99
       report 12.2 Filled fill=v4 lots=5 price=99`,
      [...ORDERS, 'DifferenceFound', 'CommandAnswered'],
    );
    expect(from(11, told)).toMatchInlineSnapshot(`
      "11.0 +60s DifferenceFound what=fill of=BTC|v2 held=none venue=buy 5 at 100 resolution=booked to 'none'
      11.4 +60s OrderAdopted order=11.4 instrument=BTC side=buy orderType=limit lots=5 limit=90 filled=0 why=orphan
      11.5 +60s DifferenceFound what=order of=11.4 held=none venue=working resolution=adopted
      12.0 +60s CommandAnswered key=k12 ok=true why=
      12.1 +60s OrderApproved order=12.1 instrument=BTC side=sell orderType=market lots=3 reducing=true why=flatten
      12.2 +60s OrderApproved order=12.2 instrument=BTC side=sell orderType=market lots=5 reducing=true why=flatten
      12.3 +60s OrderMoved order=11.4 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=5
      12.4 +60s OrderRequested order=11.4 instrument=BTC action=cancel why=flatten
      12.5 +60s OrderMoved order=12.1 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=3
      12.6 +60s OrderRequested order=12.1 instrument=BTC action=send why=flatten lots=3
      12.7 +60s OrderMoved order=12.2 instrument=BTC from=INTENT to=SENDING why=Sent filled=0 remaining=5
      12.8 +60s OrderRequested order=12.2 instrument=BTC action=send why=flatten lots=5
      13.0 +60s CommandAnswered key=k13 ok=true why=
      14.0 +60s OrderMoved order=12.1 instrument=BTC from=SENDING to=FILLED why=Filled filled=3 remaining=0
      14.1 +60s OrderFilled order=12.1 instrument=BTC side=sell lots=3 price=99 fee=0 maker=false late=false position=0 realised=-300
      15.0 +60s OrderMoved order=12.2 instrument=BTC from=SENDING to=FILLED why=Filled filled=5 remaining=0
      15.1 +60s OrderFilled order=12.2 instrument=BTC side=sell lots=5 price=99 fee=0 maker=false late=false position=0 realised=-500"
    `);
  });
});

test('a row under our name that is of another side or instrument is not our order', () => {
  const told = (row: string): string =>
    from(
      10,
      story(`${READY}\n instrument ETH\n on bars @1m: buy BTC 3 limit=90\n wait @1m\n report 9.10 Acked\n snapshot B ${row}`, [
        ...FOUND,
        'OrderMoved',
      ]),
    );
  expect(told('order:#9.10:working:BTC,sell,limit,lots=30,limit=150')).toMatchInlineSnapshot(`
    "10.0 +60s OrderMoved order=9.10 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=3
    11.0 +60s ReconciliationNeeded why=differs: order 9.10 is another one there"
  `);
  expect(told('order:#9.10:filled:ETH,buy,limit,lots=3,limit=90,filled=3')).toMatchInlineSnapshot(`
    "10.0 +60s OrderMoved order=9.10 instrument=BTC from=SENDING to=LIVE why=Acked filled=0 remaining=3
    11.0 +60s ReconciliationNeeded why=differs: order 9.10 is another one there"
  `);
});

describe('set off', () => {
  const SET_OFF: readonly DecisionType[] = ['DifferenceFound', 'Posted', 'EquityMarked', 'OrderFilled'];

  test('what is closed by hand is closed for the strategy that held it; money is what the fill says', () => {
    const told = story(`${LONG}\n snapshot B fill:v2:hand:BTC:sell:3:102:7`, SET_OFF);
    expect(from(11, told)).toMatchInlineSnapshot(`
      "11.0 +60s DifferenceFound what=fill of=BTC|v2 held=none venue=sell 3 at 102 resolution=booked to 'none'
      11.1 +60s Posted instrument=BTC book=cash amount=30600 why=fill
      11.2 +60s Posted instrument=BTC book=inventory amount=-30600 why=fill
      11.3 +60s Posted instrument=BTC book=cash amount=-7 why=fee
      11.4 +60s Posted instrument=BTC book=fees amount=7 why=fee
      11.5 +60s EquityMarked equity=10000593 peak=10000593 drawdown=0 dayLoss=-593 why=fill
      11.6 +60s DifferenceFound what=position of=BTC held=S 3 venue=none -3 resolution=3 set off at 102
      11.7 +60s Posted instrument=BTC book=cash amount=30600 why=fill
      11.8 +60s Posted instrument=BTC book=inventory amount=-30000 why=fill
      11.9 +60s Posted instrument=BTC book=realised amount=-600 why=fill
      11.10 +60s Posted instrument=BTC book=cash amount=-30600 why=fill
      11.11 +60s Posted instrument=BTC book=inventory amount=30600 why=fill"
    `);
  });

  test('part of it, more than it, and in the order of deployment', () => {
    const two = `${READY.replace('ready B', 'deploy T BTC/1m account=B\n ready B')}
      on bars @1m: buy BTC 3
      wait @1m
      report 9.4 Filled fill=v1 lots=3 price=100
      report 9.5 Filled fill=v2 lots=2 price=100`;
    const rows = (lots: number): string =>
      story(`${two}\n snapshot B fill:v9:hand:BTC:sell:${lots}:102`, ['DifferenceFound'])
        .split('\n')
        .filter((line) => line.includes('set off') || line.includes('booked'))
        .join('\n');
    expect(rows(1)).toMatchInlineSnapshot(`
      "12.0 +60s DifferenceFound what=fill of=BTC|v9 held=none venue=sell 1 at 102 resolution=booked to 'none'
      12.4 +60s DifferenceFound what=position of=BTC held=S 3 venue=none -1 resolution=1 set off at 102"
    `);
    expect(rows(9)).toMatchInlineSnapshot(`
      "12.0 +60s DifferenceFound what=fill of=BTC|v9 held=none venue=sell 9 at 102 resolution=booked to 'none'
      12.4 +60s DifferenceFound what=position of=BTC held=S 3 venue=none -9 resolution=3 set off at 102
      12.10 +60s DifferenceFound what=position of=BTC held=T 2 venue=none -6 resolution=2 set off at 102"
    `);
  });

  test('on the same side nothing is set off; what is taken over is', () => {
    const told = (lines: string): string => from(11, story(`${LONG}\n ${lines}`, SET_OFF));
    expect(told('snapshot B fill:v2:hand:BTC:buy:1:102')).not.toContain('set off');
    expect(told('accept B\n snapshot B position:BTC:0:101')).toMatchInlineSnapshot(`
      "12.0 +60s DifferenceFound what=position of=BTC held=3 venue=0 resolution=taken over
      12.1 +60s Posted instrument=BTC book=cash amount=30000 why=fill
      12.2 +60s Posted instrument=BTC book=inventory amount=-30000 why=fill
      12.3 +60s Posted instrument=none book=cash amount=-30000 why=taken over
      12.4 +60s Posted instrument=none book=equity amount=30000 why=taken over
      12.5 +60s DifferenceFound what=position of=BTC held=S 3 venue=none -3 resolution=3 set off at 100
      12.6 +60s Posted instrument=BTC book=cash amount=30000 why=fill
      12.7 +60s Posted instrument=BTC book=inventory amount=-30000 why=fill
      12.8 +60s Posted instrument=BTC book=cash amount=-30000 why=fill
      12.9 +60s Posted instrument=BTC book=inventory amount=30000 why=fill"
    `);
  });

  test('only what the trade itself closes: a position by hand of one’s own is closed first, and a trade the other way closes nothing', () => {
    const told = (lines: string): string =>
      story(`${LONG}\n ${lines}`, ['DifferenceFound'])
        .split('\n')
        .filter((line) => line.includes('set off'))
        .join('\n');
    const byHand = 'snapshot B fill:v2:hand:BTC:buy:4:102';
    expect(told(`${byHand}\n snapshot B fill:v3:hand:BTC:sell:4:103`)).toBe('');
    expect(told(`${byHand}\n snapshot B fill:v3:hand:BTC:sell:6:103`)).toMatchInlineSnapshot(
      `"12.5 +60s DifferenceFound what=position of=BTC held=S 3 venue=none -2 resolution=2 set off at 103"`,
    );
    expect(told(`snapshot B fill:v2:hand:BTC:sell:8:102\n snapshot B fill:v3:hand:BTC:buy:1:103`)).toMatchInlineSnapshot(
      `"11.4 +60s DifferenceFound what=position of=BTC held=S 3 venue=none -8 resolution=3 set off at 102"`,
    );
  });

  test('what is taken over is set off at the market, not at its entry', () => {
    const told = story(`${LONG}\n trade BTC 200 x9 @1m+1s\n accept B\n snapshot B position:BTC:1@100`, ['DifferenceFound', 'GateMoved']);
    expect(from(13, told)).toMatchInlineSnapshot(`
      "13.0 +61s DifferenceFound what=position of=BTC held=3 venue=1 resolution=taken over
      13.5 +61s DifferenceFound what=position of=BTC held=S 3 venue=none -2 resolution=2 set off at 200"
    `);
  });

  test('what protected the position is cancelled with it, or it would close somebody else’s', () => {
    const told = (lots: number): string =>
      from(12, story(`${GUARDED}\n snapshot B fill:v2:hand:BTC:sell:${lots}:102`, ['DifferenceFound', 'OrderMoved', 'OrderRequested']));
    expect(told(3)).toMatchInlineSnapshot(`
      "12.0 +61s DifferenceFound what=fill of=BTC|v2 held=none venue=sell 3 at 102 resolution=booked to 'none'
      12.4 +61s DifferenceFound what=position of=BTC held=S 3 venue=none -3 resolution=3 set off at 102
      12.10 +61s OrderMoved order=10.6 instrument=BTC from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=3
      12.11 +61s OrderRequested order=10.6 instrument=BTC action=cancel why=set off"
    `);
    expect(told(1)).not.toContain('cancel');
  });

  test('a fill of an adopted order is set off too', () => {
    const told = story(
      `${LONG}
       snapshot B order:hand:working:BTC,sell,limit,lots=5,limit=101
       report 11.0 Filled fill=v2 lots=2 price=101
       report 11.0 Filled fill=v3 lots=3 price=101`,
      SET_OFF,
    );
    expect(from(12, told)).toMatchInlineSnapshot(`
      "12.0 +60s OrderFilled order=11.0 instrument=BTC side=sell lots=2 price=101 fee=0 maker=false late=false position=-2 realised=0
      12.1 +60s Posted instrument=BTC book=cash amount=20200 why=fill
      12.2 +60s Posted instrument=BTC book=inventory amount=-20200 why=fill
      12.3 +60s EquityMarked equity=10000200 peak=10000200 drawdown=0 dayLoss=-200 why=fill
      12.4 +60s DifferenceFound what=position of=BTC held=S 3 venue=none -2 resolution=2 set off at 101
      12.5 +60s Posted instrument=BTC book=cash amount=20200 why=fill
      12.6 +60s Posted instrument=BTC book=inventory amount=-20000 why=fill
      12.7 +60s Posted instrument=BTC book=realised amount=-200 why=fill
      12.8 +60s Posted instrument=BTC book=cash amount=-20200 why=fill
      12.9 +60s Posted instrument=BTC book=inventory amount=20200 why=fill
      13.1 +60s OrderFilled order=11.0 instrument=BTC side=sell lots=3 price=101 fee=0 maker=false late=false position=-3 realised=0
      13.2 +60s Posted instrument=BTC book=cash amount=30300 why=fill
      13.3 +60s Posted instrument=BTC book=inventory amount=-30300 why=fill
      13.4 +60s EquityMarked equity=10000500 peak=10000500 drawdown=0 dayLoss=-500 why=fill
      13.5 +60s DifferenceFound what=position of=BTC held=S 1 venue=none -3 resolution=1 set off at 101
      13.6 +60s Posted instrument=BTC book=cash amount=10100 why=fill
      13.7 +60s Posted instrument=BTC book=inventory amount=-10000 why=fill
      13.8 +60s Posted instrument=BTC book=realised amount=-100 why=fill
      13.9 +60s Posted instrument=BTC book=cash amount=-10100 why=fill
      13.10 +60s Posted instrument=BTC book=inventory amount=10100 why=fill"
    `);
  });
});

test('the newest 10,000 foreign fills and transfers are remembered', { timeout: 60_000 }, () => {
  const rows = (what: (i: number) => string): string => Array.from({ length: 10_000 }, (_, i) => what(i)).join(' ');
  const told = story(
    `${READY}
     snapshot B again-fill:v:ghost:BTC:buy:1:100 again-transfer:t:5:early
     accept B
     snapshot B ${rows((i) => `again-transfer:t${i}:0:none`)}
     snapshot B again-transfer:t:5:again`,
    ['DifferenceFound'],
  );
  expect(from(9, told)).toMatchInlineSnapshot(`
    "9.0 +1s DifferenceFound what=fill of=BTC|v held=none venue=buy 1 at 100 resolution=booked to 'none'
    9.4 +1s DifferenceFound what=balance of=USD held=none venue=5 resolution=booked: early
    12.0 +1s DifferenceFound what=balance of=USD held=none venue=5 resolution=booked: again"
  `);
});

/** What the random days must meet, each at least three times over these seeds: the text of a rule, as a pattern over what is decided. */
const BRANCHES: readonly string[] = [
  'fill booked to N',
  "fill booked to 'none'",
  'order SENDING found working',
  'order UNKNOWN found working',
  'order changed at the venue',
  'order adopted',
  'order adopted to be cancelled',
  'order ended at the venue: cancelled',
  'order ended at the venue: expired',
  'order ended at the venue: rejected',
  'order ended at the venue: filled',
  'order never existed',
  'balance booked: deposit',
  'balance opening balance',
  'balance accepted',
  'balance rounding',
  'position taken over',
  'unexplained: fill X is not of order N',
  'unexplained: order N has ended here and works there',
  'unexplained: order N: fills are missing',
  'unexplained: order N is gone without a trace',
  'unexplained: position',
  'unexplained: balance',
  'alerted: reconciliation',
  'alerted: protection',
  'approved: re-armed',
  'refused: re-armed',
  'approved: flatten of none',
  'requested: orphan',
  'answered: not paper',
  'answered: not flat',
  'answered: unknown',
];

test('the random days meet every branch of it', { timeout: 240_000 }, () => {
  const met = new Map<string, number>();
  const count = (what: string): void => void met.set(what, (met.get(what) ?? 0) + 1);
  for (let seed = 1; seed <= 150; seed += 1) {
    const said: Decision[] = [];
    const desk = production((decision) => said.push(decision)); // they agree, and it is the faster
    for (const one of adventure(seed, 5 + (seed % 25))) step(desk, one);
    for (const one of said) {
      if (one.type === 'DifferenceFound') {
        const resolution = one.resolution.replace(/\d+\.\d+/, 'N');
        if (resolution === 'found working') count(`order ${one.held} found working`);
        else if (resolution === 'ended at the venue') count(`order ended at the venue: ${one.venue}`);
        else count(`${one.what} ${resolution}`);
      }
      if (one.type === 'ReconciliationNeeded' && one.why.startsWith('differs: ')) {
        for (const text of one.why.slice(9).split('; ')) {
          const known = /^(position|balance)/.exec(text)?.[1];
          count(`unexplained: ${known ?? text.replace(/\d+\.\d+/, 'N').replace(/fill \w+/, 'fill X')}`);
        }
      }
      if (one.type === 'Alerted') count(`alerted: ${one.topic}`);
      if (one.type === 'OrderApproved' && one.why === 're-armed') count('approved: re-armed');
      if (one.type === 'OrderRefused' && one.why === 're-armed') count('refused: re-armed');
      if (one.type === 'OrderApproved' && one.strategy === 'none') count('approved: flatten of none');
      if (one.type === 'OrderRequested' && one.why === 'orphan') count('requested: orphan');
      if (one.type === 'CommandAnswered' && one.why !== '') count(`answered: ${one.why}`);
    }
  }
  expect(Object.fromEntries(BRANCHES.map((branch) => [branch, met.get(branch) ?? 0]).filter(([, times]) => (times as number) < 3))).toEqual(
    {},
  );
});

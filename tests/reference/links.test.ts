/** §12.11 told as stories to both desks: brackets and orders that cancel one another, and each race between their fills. */
import { describe, expect, test } from 'vitest';
import { production, step } from '../agreement/compare.ts';
import { adventure } from './adventure.ts';
import { story } from './story.ts';

const OPEN = `
  instrument BTC
  account A
  arm
  deploy S BTC/1m`;
const LATENT = OPEN.replace('account A', 'account A latency=100ms');
const SHOWN = ['OrderRefused', 'OrderApproved', 'OrderRequested', 'OrderMoved', 'OrderFilled', 'Alerted'] as const;
/** Decisions but the first steps of each order's life, which are as any order's. */
const told = (facts: string, open = OPEN): string =>
  story(`${open}\n trade BTC 100 x9 @1s\n ${facts}`, SHOWN)
    .split('\n')
    .filter(
      (line) =>
        !/from=INTENT|why=Acked|why=(script|bracket stop|bracket target) lots=\d+ *(limit=\d+)? *(stop=\d+)?$/.test(line) ||
        / Order(Approved|Refused)/.test(line),
    )
    .map((line) => line.replace(/ (instrument=BTC|fee=0|maker=\w+|late=false|reducing=\w+)/g, ''))
    .join('\n');

const ENTER = 'on bars @1m: buy BTC 5 bstop=95 btarget=108';

describe('a bracket', () => {
  test('what the entry fills is protected by a pair; the target fills, and the stop is cancelled in the same wake', () => {
    expect(told(`${ENTER}\n trade BTC 100 x9 @1m\n trade BTC 108 x9 @1m+1s`)).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 side=buy orderType=market lots=5 why=script
      6.1 +60s OrderMoved order=5.3 from=LIVE to=FILLED why=Filled filled=5 remaining=0
      6.2 +60s OrderFilled order=5.3 side=buy lots=5 price=100 position=5 realised=0
      6.7 +60s OrderApproved order=6.7 side=sell orderType=stop lots=5 stop=95 why=bracket stop
      6.9 +60s OrderApproved order=6.9 side=sell orderType=limit lots=5 limit=108 why=bracket target
      7.1 +61s OrderMoved order=6.9 from=LIVE to=FILLED why=Filled filled=5 remaining=0
      7.2 +61s OrderFilled order=6.9 side=sell lots=5 price=108 position=0 realised=4000
      7.8 +61s OrderMoved order=6.7 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=5
      7.9 +61s OrderRequested order=6.7 action=cancel why=linked
      7.11 +61s OrderMoved order=6.7 from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=5"
    `);
  });

  test('the entry fills in parts: a pair each; a target filled in part shrinks its own stop', () => {
    expect(told(`${ENTER}\n trade BTC 100 x2 @1m\n trade BTC 100 x9 @1m+1s\n trade BTC 109 x1 @1m+2s`)).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 side=buy orderType=market lots=5 why=script
      6.1 +60s OrderFilled order=5.3 side=buy lots=2 price=100 position=2 realised=0
      6.6 +60s OrderApproved order=6.6 side=sell orderType=stop lots=2 stop=95 why=bracket stop
      6.8 +60s OrderApproved order=6.8 side=sell orderType=limit lots=2 limit=108 why=bracket target
      7.1 +61s OrderMoved order=5.3 from=LIVE to=FILLED why=Filled filled=5 remaining=0
      7.2 +61s OrderFilled order=5.3 side=buy lots=3 price=100 position=5 realised=0
      7.7 +61s OrderApproved order=7.7 side=sell orderType=stop lots=3 stop=95 why=bracket stop
      7.9 +61s OrderApproved order=7.9 side=sell orderType=limit lots=3 limit=108 why=bracket target
      8.1 +62s OrderFilled order=6.8 side=sell lots=1 price=108 position=4 realised=800
      8.7 +62s OrderMoved order=6.6 from=LIVE to=REPLACE_PENDING why=ReplaceAsked filled=0 remaining=2
      8.8 +62s OrderRequested order=6.6 action=replace why=linked lots=1 stop=95
      8.10 +62s OrderMoved order=6.6 from=REPLACE_PENDING to=LIVE why=Replaced filled=0 remaining=1"
    `);
  });

  test('a bar that reaches both: the stop fills, the target has nothing left', () => {
    expect(told(`${ENTER}\n trade BTC 100 x9 @1m\n bar BTC 1m 100 110 90 100 x99 vt=1m @2m`)).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 side=buy orderType=market lots=5 why=script
      6.1 +60s OrderMoved order=5.3 from=LIVE to=FILLED why=Filled filled=5 remaining=0
      6.2 +60s OrderFilled order=5.3 side=buy lots=5 price=100 position=5 realised=0
      6.7 +60s OrderApproved order=6.7 side=sell orderType=stop lots=5 stop=95 why=bracket stop
      6.9 +60s OrderApproved order=6.9 side=sell orderType=limit lots=5 limit=108 why=bracket target
      7.2 +120s OrderMoved order=6.7 from=LIVE to=FILLED why=Filled filled=5 remaining=0
      7.3 +120s OrderFilled order=6.7 side=sell lots=5 price=95 position=0 realised=-2500
      7.9 +120s OrderMoved order=6.9 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=5
      7.10 +120s OrderRequested order=6.9 action=cancel why=linked
      7.12 +120s OrderMoved order=6.9 from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=5"
    `);
  });

  test('with latency: what the stop has filled, the target cannot, though its cancel is still under way', () => {
    expect(
      told(`${ENTER}\n trade BTC 100 x9 @1m+1s\n trade BTC 94 x9 @1m+2s\n trade BTC 109 x9 @1m+2.05s\n wait @1m+3s`, LATENT),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 side=buy orderType=market lots=5 why=script
      6.1 +61s OrderMoved order=5.3 from=LIVE to=FILLED why=Filled filled=5 remaining=0
      6.2 +61s OrderFilled order=5.3 side=buy lots=5 price=100 position=5 realised=0
      6.7 +61s OrderApproved order=6.7 side=sell orderType=stop lots=5 stop=95 why=bracket stop
      6.9 +61s OrderApproved order=6.9 side=sell orderType=limit lots=5 limit=108 why=bracket target
      7.1 +62s OrderMoved order=6.7 from=LIVE to=FILLED why=Filled filled=5 remaining=0
      7.2 +62s OrderFilled order=6.7 side=sell lots=5 price=94 position=0 realised=-3000
      7.8 +62s OrderMoved order=6.9 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=5
      7.9 +62s OrderRequested order=6.9 action=cancel why=linked
      8.1 +62.1s OrderMoved order=6.9 from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=5"
    `);
  });

  test('the entry is cancelled after a part of it: that part stays protected', () => {
    expect(
      told(
        `${ENTER.replace('BTC 5', 'BTC 5 limit=100')}\n on bars @2m: cancel BTC 0\n trade BTC 100 x2 @1m\n wait @2m\n trade BTC 90 x9 @2m+1s`,
      ),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 side=buy orderType=limit lots=5 limit=100 why=script
      6.1 +60s OrderFilled order=5.3 side=buy lots=2 price=100 position=2 realised=0
      6.6 +60s OrderApproved order=6.6 side=sell orderType=stop lots=2 stop=95 why=bracket stop
      6.8 +60s OrderApproved order=6.8 side=sell orderType=limit lots=2 limit=108 why=bracket target
      6.20 +120s OrderMoved order=5.3 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=2 remaining=3
      6.21 +120s OrderRequested order=5.3 action=cancel why=script
      6.23 +120s OrderMoved order=5.3 from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=2 remaining=3
      7.1 +121s OrderMoved order=6.6 from=LIVE to=FILLED why=Filled filled=2 remaining=0
      7.2 +121s OrderFilled order=6.6 side=sell lots=2 price=90 position=0 realised=-2000
      7.8 +121s OrderMoved order=6.8 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=2
      7.9 +121s OrderRequested order=6.8 action=cancel why=linked
      7.11 +121s OrderMoved order=6.8 from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=2"
    `);
  });

  test('the strategy closes by itself: nothing that protected is left to turn the position round', () => {
    expect(
      told(`${ENTER}\n on bars @2m: sell BTC 3\n trade BTC 100 x9 @1m\n trade BTC 101 x9 @2m\n trade BTC 90 x9 @2m+1s`),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 side=buy orderType=market lots=5 why=script
      6.1 +60s OrderMoved order=5.3 from=LIVE to=FILLED why=Filled filled=5 remaining=0
      6.2 +60s OrderFilled order=5.3 side=buy lots=5 price=100 position=5 realised=0
      6.7 +60s OrderApproved order=6.7 side=sell orderType=stop lots=5 stop=95 why=bracket stop
      6.9 +60s OrderApproved order=6.9 side=sell orderType=limit lots=5 limit=108 why=bracket target
      6.21 +120s OrderApproved order=6.21 side=sell orderType=market lots=3 why=script
      7.1 +120s OrderMoved order=6.21 from=LIVE to=FILLED why=Filled filled=3 remaining=0
      7.2 +120s OrderFilled order=6.21 side=sell lots=3 price=101 position=2 realised=300
      7.8 +120s OrderMoved order=6.7 from=LIVE to=REPLACE_PENDING why=ReplaceAsked filled=0 remaining=5
      7.9 +120s OrderRequested order=6.7 action=replace why=linked lots=2 stop=95
      7.10 +120s OrderMoved order=6.9 from=LIVE to=REPLACE_PENDING why=ReplaceAsked filled=0 remaining=5
      7.11 +120s OrderRequested order=6.9 action=replace why=linked lots=2 limit=108
      7.13 +120s OrderMoved order=6.7 from=REPLACE_PENDING to=LIVE why=Replaced filled=0 remaining=2
      7.15 +120s OrderMoved order=6.9 from=REPLACE_PENDING to=LIVE why=Replaced filled=0 remaining=2
      8.1 +121s OrderMoved order=6.7 from=LIVE to=FILLED why=Filled filled=2 remaining=0
      8.2 +121s OrderFilled order=6.7 side=sell lots=2 price=90 position=0 realised=-2000
      8.8 +121s OrderMoved order=6.9 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=2
      8.9 +121s OrderRequested order=6.9 action=cancel why=linked
      8.11 +121s OrderMoved order=6.9 from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=2"
    `);
  });

  test('flatten: an entry that fills while all is being cancelled finds no room for its stop, and somebody is told', () => {
    expect(
      told(`${ENTER}\n trade BTC 100 x2 @1m+1s\n flatten A @1m+2s\n trade BTC 100 x9 @1m+2.05s\n wait @1m+3s`, LATENT),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 side=buy orderType=market lots=5 why=script
      6.1 +61s OrderFilled order=5.3 side=buy lots=2 price=100 position=2 realised=0
      6.6 +61s OrderApproved order=6.6 side=sell orderType=stop lots=2 stop=95 why=bracket stop
      6.8 +61s OrderApproved order=6.8 side=sell orderType=limit lots=2 limit=108 why=bracket target
      7.1 +62s OrderApproved order=7.1 side=sell orderType=market lots=2 why=flatten
      7.2 +62s OrderMoved order=5.3 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=2 remaining=3
      7.3 +62s OrderRequested order=5.3 action=cancel why=flatten
      7.4 +62s OrderMoved order=6.6 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=2
      7.5 +62s OrderRequested order=6.6 action=cancel why=flatten
      7.6 +62s OrderMoved order=6.8 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=2
      7.7 +62s OrderRequested order=6.8 action=cancel why=flatten
      7.9 +62s OrderRequested order=7.1 action=send why=flatten lots=2
      8.1 +62.05s OrderMoved order=5.3 from=CANCEL_PENDING to=FILLED why=Filled filled=5 remaining=0
      8.2 +62.05s OrderFilled order=5.3 side=buy lots=3 price=100 position=5 realised=0
      8.7 +62.05s OrderRefused side=sell orderType=stop lots=3 stop=95 why=bracket stop
      8.8 +62.05s Alerted topic=protection text=S BTC: no stop protects the 3 lots of 5.3
      8.9 +62.05s OrderRefused side=sell orderType=limit lots=3 limit=108 why=bracket target
      8.12 +62.1s OrderMoved order=6.6 from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=2
      8.14 +62.1s OrderMoved order=6.8 from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=2"
    `);
  });

  test('killed: a fill that comes after it is not protected, and somebody is told', () => {
    expect(told(`${ENTER}\n wait @1m+1s\n kill @1m+2s\n trade BTC 100 x9 @1m+2.05s\n wait @1m+3s`, LATENT)).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 side=buy orderType=market lots=5 why=script
      6.2 +62s OrderMoved order=5.3 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=5
      6.3 +62s OrderRequested order=5.3 action=cancel why=global KILLED
      7.1 +62.05s OrderMoved order=5.3 from=CANCEL_PENDING to=FILLED why=Filled filled=5 remaining=0
      7.2 +62.05s OrderFilled order=5.3 side=buy lots=5 price=100 position=5 realised=0
      7.7 +62.05s OrderRefused side=sell orderType=stop lots=5 stop=95 why=bracket stop
      7.8 +62.05s Alerted topic=protection text=S BTC: no stop protects the 5 lots of 5.3
      7.9 +62.05s OrderRefused side=sell orderType=limit lots=5 limit=108 why=bracket target"
    `);
  });
});

describe('one of a group', () => {
  test('a part of one is taken from the other, the whole cancels it', () => {
    expect(
      told(
        'on bars @1m: buy BTC 5 stop=105 oco=out, sell BTC 5 stop=95 oco=out\n trade BTC 100 x9 @1m\n trade BTC 105 x2 @1m+1s\n trade BTC 106 x9 @1m+2s',
      ),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 side=buy orderType=stop lots=5 stop=105 why=script
      5.5 +60s OrderApproved order=5.5 side=sell orderType=stop lots=5 stop=95 why=script
      7.1 +61s OrderFilled order=5.3 side=buy lots=2 price=105 position=2 realised=0
      7.6 +61s OrderMoved order=5.5 from=LIVE to=REPLACE_PENDING why=ReplaceAsked filled=0 remaining=5
      7.7 +61s OrderRequested order=5.5 action=replace why=linked lots=3 stop=95
      7.9 +61s OrderMoved order=5.5 from=REPLACE_PENDING to=LIVE why=Replaced filled=0 remaining=3
      8.1 +62s OrderMoved order=5.3 from=LIVE to=FILLED why=Filled filled=5 remaining=0
      8.2 +62s OrderFilled order=5.3 side=buy lots=3 price=106 position=5 realised=0
      8.7 +62s OrderMoved order=5.5 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=3
      8.8 +62s OrderRequested order=5.5 action=cancel why=linked
      8.10 +62s OrderMoved order=5.5 from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=3"
    `);
  });

  test('one that is not live yet shrinks when it is', () => {
    expect(
      told(
        'on bars @1m: buy BTC 5 limit=99 oco=in\n on bars @2m: buy BTC 5 limit=98 oco=in\n trade BTC 100 x9 @1m+1s\n trade BTC 99 x2 @2m+0.05s\n wait @2m+1s',
        LATENT,
      ),
    ).toMatchInlineSnapshot(`
      "5.3 +60s OrderApproved order=5.3 side=buy orderType=limit lots=5 limit=99 why=script
      6.2 +120s OrderApproved order=6.2 side=buy orderType=limit lots=5 limit=98 why=script
      7.1 +120.05s OrderFilled order=5.3 side=buy lots=2 price=99 position=2 realised=0
      7.8 +120.1s OrderMoved order=6.2 from=LIVE to=REPLACE_PENDING why=ReplaceAsked filled=0 remaining=5
      7.9 +120.1s OrderRequested order=6.2 action=replace why=linked lots=3 limit=98
      7.11 +120.2s OrderMoved order=6.2 from=REPLACE_PENDING to=LIVE why=Replaced filled=0 remaining=3"
    `);
  });

  test('one is cancelled: the other stays; the other strategy has groups of its own', () => {
    expect(
      told(
        'on bars @1m: buy BTC 2 limit=99 oco=in, buy BTC 2 limit=98 oco=in\n on bars @2m: cancel BTC 0\n trade BTC 100 x9 @1m\n trade BTC 97 x3 @2m+1s',
        OPEN.replace('deploy S', 'deploy T BTC/1m\n  deploy S'),
      ),
    ).toMatchInlineSnapshot(`
      "6.4 +60s OrderApproved order=6.4 side=buy orderType=limit lots=2 limit=99 why=script
      6.6 +60s OrderApproved order=6.6 side=buy orderType=limit lots=2 limit=98 why=script
      6.8 +60s OrderApproved order=6.8 side=buy orderType=limit lots=2 limit=99 why=script
      6.10 +60s OrderApproved order=6.10 side=buy orderType=limit lots=2 limit=98 why=script
      7.3 +120s OrderMoved order=6.4 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=2
      7.4 +120s OrderRequested order=6.4 action=cancel why=script
      7.5 +120s OrderMoved order=6.8 from=LIVE to=CANCEL_PENDING why=CancelAsked filled=0 remaining=2
      7.6 +120s OrderRequested order=6.8 action=cancel why=script
      7.8 +120s OrderMoved order=6.4 from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=2
      7.10 +120s OrderMoved order=6.8 from=CANCEL_PENDING to=CANCELLED why=Cancelled filled=0 remaining=2
      8.1 +121s OrderMoved order=6.6 from=LIVE to=FILLED why=Filled filled=2 remaining=0
      8.2 +121s OrderFilled order=6.6 side=buy lots=2 price=98 position=2 realised=0
      8.7 +121s OrderFilled order=6.10 side=buy lots=1 price=98 position=1 realised=0"
    `);
  });
});

test('at a pure venue what protects a position never turns it round', () => {
  let fills = 0;
  for (let seed = 1; seed <= 12; seed += 1) {
    const protects = new Set<string>();
    const desk = production((decision) => {
      if (decision.type === 'OrderQualified' && decision.protects !== null) protects.add(decision.order);
      if (decision.type !== 'OrderFilled' || !protects.has(decision.order)) return;
      fills += 1;
      expect(decision.side === 'sell' ? decision.position >= 0 : decision.position <= 0, `${seed}: ${decision.order}`).toBe(true);
    });
    for (const one of adventure(seed, 20)) step(desk, one);
  }
  expect(fills).toBeGreaterThan(20);
});

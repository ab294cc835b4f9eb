"""W1 in hftbacktest, with a strategy compiled by Numba that wakes at the close of each minute.

Its defaults differ in three ways. A market order never fills on trades, only on a book: so the first trade of a minute brings a bid and an
ask with it, one tick of 0.0001 below and above its price, and that tick is taken off again. Those are the only moments at which an order
can meet the market here, so it is spared a change of the book at every trade (`book` "each" asks for that: the same answer, five events a trade).
Orders and their answers travel in no time. The end of the data comes with the last trade, which therefore is read after the loop.
"""
import numpy as np
from hftbacktest import (
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    GTC,
    LOCAL_EVENT,
    MARKET,
    SELL_EVENT,
    TRADE_EVENT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
)
from hftbacktest.types import event_dtype
from numba import njit

import peer

STEP = 0.0001
MINUTE_NS = 60_000_000_000
HEARD = EXCH_EVENT | LOCAL_EVENT


def events_of(asked):
    """The trades, and before some of them: the old bid and ask gone, the new ones there."""
    times = peer.column(asked, "trades-time").astype("int64") * 1000
    prices = peer.column(asked, "trades-price") / 100
    lots = peer.column(asked, "trades-lots")
    minutes = times // MINUTE_NS
    fresh = np.ones(len(times), bool) if asked["book"] == "each" else np.r_[True, minutes[1:] != minutes[:-1]]
    place = np.cumsum(np.where(fresh, 5, 1)) - 1
    events = np.zeros(place[-1] + 1, event_dtype)

    def put(at, kind, which, price, quantity):
        events["ev"][at] = kind | HEARD
        events["exch_ts"][at] = events["local_ts"][at] = times[which]
        events["px"][at] = price
        events["qty"][at] = quantity

    every = np.arange(len(times))
    put(place, TRADE_EVENT | BUY_EVENT, every, prices, lots)
    new = np.flatnonzero(fresh)
    old = np.r_[new[0], new[:-1]]
    put(place[new] - 4, DEPTH_EVENT | BUY_EVENT, new, prices[old] - STEP, 0)
    put(place[new] - 3, DEPTH_EVENT | SELL_EVENT, new, prices[old] + STEP, 0)
    put(place[new] - 2, DEPTH_EVENT | BUY_EVENT, new, prices[new] - STEP, 1_000)
    put(place[new] - 1, DEPTH_EVENT | SELL_EVENT, new, prices[new] + STEP, 1_000)
    return events, int(times[0]), float(prices[-1])


@njit
def cross(hbt, first_ns, fast_n, slow_n, filled):
    """Elapses to each border, folds the close, sends the order with the trade that shows the border has passed."""
    border = (first_ns // MINUTE_NS + 1) * MINUTE_NS
    bars, fills, position = 0, 0, 0
    fast = slow = last = 0.0
    hbt.wait_next_feed(False, MINUTE_NS)  # its clock stands nowhere before the first event
    while hbt.elapse(border - hbt.current_timestamp) == 0:
        trades = hbt.last_trades(0)
        last = trades[len(trades) - 1].px
        hbt.clear_last_trades(0)
        bars += 1
        if bars == 1:
            fast = slow = last
        fast += (last - fast) * 2 / (fast_n + 1)
        slow += (last - slow) * 2 / (slow_n + 1)
        border += MINUTE_NS
        if bars <= slow_n:
            continue
        wanted = 1 if fast > slow else -1
        lots = wanted - position
        if lots == 0:
            continue
        if hbt.wait_next_feed(False, MINUTE_NS) == 1:
            break
        number = fills + 1
        depth = hbt.depth(0)
        if lots > 0:
            hbt.submit_buy_order(0, number, depth.best_ask, lots, GTC, MARKET, True)
        else:
            hbt.submit_sell_order(0, number, depth.best_bid, -lots, GTC, MARKET, True)
        order = hbt.orders(0).get(number)
        filled[fills, 0] = bars
        filled[fills, 1] = hbt.position(0) - position
        filled[fills, 2] = order.exec_price
        position = int(hbt.position(0))
        fills += 1
        hbt.clear_inactive_orders(0)
    return bars, fills


def prepare(asked):
    events, first_ns, last = events_of(asked)
    asset = (
        BacktestAsset()
        .data(events)
        .linear_asset(1.0)
        .constant_order_latency(0, 0)
        .risk_adverse_queue_model()
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(STEP)
        .lot_size(1.0)
        .last_trades_capacity(4_096)
    )
    filled = np.zeros((len(events) // 100 + 1, 3))
    return HashMapMarketDepthBacktest([asset]), first_ns, filled, last, events  # it reads the events where they lie


def play(asked, prepared):
    hbt, first_ns, filled, _, _ = prepared
    return cross(hbt, first_ns, asked["fast"], asked["slow"], filled)


def tell(asked, prepared, played):
    hbt, _, filled, last, _ = prepared
    bars, count = played
    fills = [(int(bar), int(lots), peer.ticks_of(price - np.sign(lots) * STEP)) for bar, lots, price in filled[:count]]
    spread = sum(abs(lots) for _, lots, _ in fills) * STEP
    state = hbt.state_values(0)
    equity = peer.OPENING + state.balance + state.position * last + spread
    hbt.close()
    return {"bars": bars, "runs": [(fills, equity, None)]}


peer.measure(prepare, play, tell)

"""W2 and W3 in vectorbt: all closes at once, all pairs of averages at once.

Its defaults differ: an order fills at the close that asked for it, so targets are moved one bar on and fill at the open; its averages know
no value before their period is full, and are asked for as pandas has them (adjust=False, from the first close on), acting from bar
slow + 1; direction, size and no fee are said. W2b knows its orders beforehand: its targets are a column of +1 and -1. Sharpe is of UTC days
and not scaled, taken from the value of each portfolio, whose own ratio is of bars.
"""
import numpy as np
import pandas as pd
import vectorbt as vbt

import peer


def prepare(asked):
    return peer.bars(asked)


def targets_of(asked, bars, close):
    """What is wanted at each close, a column a run."""
    if asked["rule"] == "turn":
        wanted = np.where(np.arange(len(close)) % 2 == 1, 1.0, -1.0)
        wanted[0] = np.nan
        return wanted[:, None]
    fast = vbt.MA.run(close, [pair[0] for pair in asked["pairs"]], ewm=True, adjust=False).ma.to_numpy()
    slow = vbt.MA.run(close, [pair[1] for pair in asked["pairs"]], ewm=True, adjust=False).ma.to_numpy()
    fast, slow = fast.reshape(len(close), -1), slow.reshape(len(close), -1)
    wanted = np.where(fast > slow, 1.0, -1.0)
    for run, (_, period) in enumerate(asked["pairs"]):
        wanted[:period, run] = np.nan
    return wanted


def play(asked, bars):
    close = pd.Series(bars["close"])
    wanted = targets_of(asked, bars, close)
    moved = np.vstack([np.full((1, wanted.shape[1]), np.nan), wanted[:-1]])
    portfolio = vbt.Portfolio.from_orders(
        close=close,
        size=pd.DataFrame(moved),
        size_type="targetamount",
        price=pd.Series(bars["open"]),
        direction="both",
        fees=0.0,
        init_cash=peer.OPENING,
        freq="1min",
    )
    value = portfolio.value()
    value = value.to_numpy().reshape(len(close), -1)
    return portfolio, value[-1], sharpe_of(value, bars["time"])


def sharpe_of(value, time):
    last_of_day = np.r_[np.flatnonzero(np.diff(time // peer.DAY_US)), len(time) - 1]
    daily = np.vstack([np.full((1, value.shape[1]), peer.OPENING), value[last_of_day]])
    returns = daily[1:] / daily[:-1] - 1
    return returns.mean(axis=0) / returns.std(axis=0, ddof=1) if len(returns) > 1 else np.full(value.shape[1], np.nan)


def tell(asked, bars, played):
    portfolio, equity, sharpe = played
    records = portfolio.orders.values
    runs = []
    for run in range(len(equity)):
        own = records[records["col"] == run]
        fills = [
            (int(order["idx"]), int(order["size"]) * (1 if order["side"] == 0 else -1), peer.ticks_of(order["price"])) for order in own
        ]
        runs.append((fills, float(equity[run]), None if np.isnan(sharpe[run]) else float(sharpe[run])))
    return {"bars": len(bars["close"]), "runs": runs}


peer.measure(prepare, play, tell)

"""W2 in backtesting.py.

It fills market orders at the next open as it is. What is said: no spread, no commission, orders may sell short, opposite positions net out,
positions open at the end stay open, and the averages are pandas' from the first close on. Its run works out a report of the whole run too;
that cannot be turned off.
"""
import warnings

import pandas as pd
from backtesting import Backtest, Strategy

import peer

warnings.filterwarnings("ignore")


class Ruled(Strategy):
    asked = None
    kept = None

    def init(self):
        self.held = 0
        Ruled.kept = self
        if self.asked["rule"] == "turn":
            self.acts_from = 2
            return
        ((fast, slow),) = self.asked["pairs"]
        self.acts_from = slow + 1
        close = pd.Series(self.data.Close)
        self.fast = self.I(lambda: close.ewm(span=fast, adjust=False).mean())
        self.slow = self.I(lambda: close.ewm(span=slow, adjust=False).mean())

    def next(self):
        if len(self.data) < self.acts_from:
            return
        if self.asked["rule"] == "turn":
            wanted = -1 if self.held == 1 else 1
        else:
            wanted = 1 if self.fast[-1] > self.slow[-1] else -1
        lots = wanted - self.held
        if lots > 0:
            self.buy(size=lots)
        elif lots < 0:
            self.sell(size=-lots)
        self.held = wanted


def prepare(asked):
    bars = peer.bars(asked)
    frame = pd.DataFrame({name.capitalize(): bars[name] for name in ("open", "high", "low", "close", "volume")})
    frame.index = pd.to_datetime(bars["time"].astype("int64"), unit="us")
    Ruled.asked = asked
    return frame


def play(asked, frame):
    test = Backtest(frame, Ruled, cash=peer.OPENING, spread=0, commission=0, trade_on_close=False, hedging=False, finalize_trades=False)
    return test.run()


def tell(asked, frame, stats):
    """Its trades are round trips; a fill is the end of one and the beginning of the next in the same bar."""
    lots_at, price_at = {}, {}
    trips = [(t.entry_bar, t.exit_bar, t.size, t.entry_price, t.exit_price) for t in (*Ruled.kept.closed_trades, *Ruled.kept.trades)]
    for entry_bar, exit_bar, size, entry_price, exit_price in trips:
        for bar, lots, price in ((entry_bar, size, entry_price), (exit_bar, -size, exit_price)):
            if bar is None:
                continue
            lots_at[bar] = lots_at.get(bar, 0) + int(lots)
            price_at[bar] = price
    fills = [(int(bar), lots_at[bar], peer.ticks_of(price_at[bar])) for bar in sorted(lots_at)]
    return {"bars": len(frame), "runs": [(fills, float(stats["_equity_curve"]["Equity"].iloc[-1]), None)]}


peer.measure(prepare, play, tell)

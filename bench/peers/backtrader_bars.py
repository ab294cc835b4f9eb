"""W2 in backtrader.

It fills market orders at the next open as it is. Its own EMA begins with a mean of the first bars, so the strategy folds the averages itself,
from the first close on. Its observers (cash, trades, orders as lines for a plot) are left out, which makes it faster; no commission.
"""
import backtrader
import pandas as pd

import peer


class Ruled(backtrader.Strategy):
    params = (("asked", None),)

    def __init__(self):
        self.bars = 0
        self.held = 0
        self.filled = []
        self.turns = self.p.asked["rule"] == "turn"
        if not self.turns:
            ((fast, slow),) = self.p.asked["pairs"]
            self.alpha_fast, self.alpha_slow, self.acts_from = 2 / (fast + 1), 2 / (slow + 1), slow + 1

    def next(self):
        self.bars += 1
        if self.turns:
            if self.bars < 2:
                return
            wanted = -1 if self.held == 1 else 1
        else:
            close = self.data.close[0]
            if self.bars == 1:
                self.fast = self.slow = close
            self.fast += (close - self.fast) * self.alpha_fast
            self.slow += (close - self.slow) * self.alpha_slow
            if self.bars < self.acts_from:
                return
            wanted = 1 if self.fast > self.slow else -1
        lots = wanted - self.held
        if lots > 0:
            self.buy(size=lots)
        elif lots < 0:
            self.sell(size=-lots)
        self.held = wanted

    def notify_order(self, order):
        if order.status == order.Completed:
            self.filled.append((self.bars, int(order.executed.size), peer.ticks_of(order.executed.price)))


def prepare(asked):
    bars = peer.bars(asked)
    frame = pd.DataFrame({name: bars[name] for name in ("open", "high", "low", "close", "volume")})
    frame.index = pd.to_datetime(bars["time"].astype("int64"), unit="us")
    cerebro = backtrader.Cerebro(stdstats=False)
    cerebro.broker.setcash(peer.OPENING)
    cerebro.broker.setcommission(commission=0.0)
    cerebro.adddata(backtrader.feeds.PandasData(dataname=frame))
    cerebro.addstrategy(Ruled, asked=asked)
    return cerebro


def play(asked, cerebro):
    return cerebro.run()[0]


def tell(asked, cerebro, strategy):
    return {"bars": strategy.bars, "runs": [(strategy.filled, cerebro.broker.getvalue(), None)]}


peer.measure(prepare, play, tell)

"""W1 in nautilus_trader, with a strategy in Python.

Its defaults differ in four ways, and this makes them equal: a trade says which side was aggressive, and a market order fills only at what
trades of the other side left, so every trade has NO_AGGRESSOR; a fill takes the lots of the trade and no more, so every trade is large; an
order sent at a close would fill at the price before it, so it travels 1 ns and meets the trade behind the close; there is no fee.
Its account, cache, message bus and order events run as they do for any user.
"""
from decimal import Decimal

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.backtest.models import FillModel, LatencyModel
from nautilus_trader.config import LoggingConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BarType, TradeTick
from nautilus_trader.model.enums import AccountType, AggressorSide, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TradeId, Venue
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

import peer

VENUE = Venue("SIM")
INSTRUMENT = InstrumentId(Symbol("W1"), VENUE)
LARGE = Quantity.from_int(1_000)


class Cross(Strategy):
    def __init__(self, fast, slow):
        super().__init__()
        self.fast = ExponentialMovingAverage(fast)
        self.slow = ExponentialMovingAverage(slow)
        self.acts_from = slow + 1
        self.bars = 0
        self.position = 0
        self.filled = []

    def on_start(self):
        self.bar_type = BarType.from_str(f"{INSTRUMENT}-1-MINUTE-LAST-INTERNAL")
        self.subscribe_bars(self.bar_type)

    def on_bar(self, bar):
        self.bars += 1
        self.fast.update_raw(bar.close.as_double())
        self.slow.update_raw(bar.close.as_double())
        if self.bars < self.acts_from:
            return
        wanted = 1 if self.fast.value > self.slow.value else -1
        lots = wanted - self.position
        if lots == 0:
            return
        side = OrderSide.BUY if lots > 0 else OrderSide.SELL
        self.submit_order(self.order_factory.market(INSTRUMENT, side, Quantity.from_int(abs(lots))))

    def on_order_filled(self, event):
        lots = event.last_qty.as_double() * (1 if event.order_side == OrderSide.BUY else -1)
        self.position += int(lots)
        self.filled.append((self.bars, int(lots), peer.ticks_of(event.last_px.as_double())))


def prepare(asked):
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False))
    engine.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=USD,
        starting_balances=[Money(peer.OPENING, USD)],
        latency_model=LatencyModel(base_latency_nanos=1),
        fill_model=FillModel(),
    )
    engine.add_instrument(
        Equity(
            instrument_id=INSTRUMENT,
            raw_symbol=Symbol("W1"),
            currency=USD,
            price_precision=2,
            price_increment=Price.from_str("0.01"),
            lot_size=Quantity.from_int(1),
            maker_fee=Decimal(0),
            taker_fee=Decimal(0),
            ts_event=0,
            ts_init=0,
        )
    )
    times = (peer.column(asked, "trades-time").astype("int64") * 1000).tolist()
    prices = peer.column(asked, "trades-price") / 100
    trade_id = TradeId("1")
    engine.add_data(
        [
            TradeTick(INSTRUMENT, Price(price, 2), LARGE, AggressorSide.NO_AGGRESSOR, trade_id, at, at)
            for at, price in zip(times, prices.tolist())
        ]
    )
    strategy = Cross(asked["fast"], asked["slow"])
    engine.add_strategy(strategy)
    return engine, strategy, prices[-1]


def play(asked, prepared):
    prepared[0].run()


def tell(asked, prepared, played):
    engine, strategy, last = prepared
    cash = engine.portfolio.account(VENUE).balance_total(USD).as_double()
    held = engine.portfolio.net_position(INSTRUMENT)
    open_pnl = sum(position.unrealized_pnl(Price(last, 2)).as_double() for position in engine.cache.positions_open())
    assert int(held) == strategy.position
    return {"bars": strategy.bars, "runs": [(strategy.filled, cash + open_pnl, None)]}


peer.measure(prepare, play, tell)

"""Reads the Parquet tables of a run. Needs pyarrow; pandas only for what its own name says.

    from read_run import read_run
    run = read_run("runs/a-run")          # the folder with equity.parquet, fills.parquet, trades.parquet, metrics.parquet
    run.name, run.hash, run.currency
    run.trades.to_pandas().groupby("side")["net"].sum()

Money and prices are decimal.Decimal and exact: sums of them are the ledger's, to the last digit. Times are UTC, in microseconds.
"""
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

TABLES = ("equity", "fills", "trades", "metrics")


@dataclass(frozen=True)
class Run:
    name: str
    hash: str
    strategy: str
    currency: str
    equity: pa.Table
    fills: pa.Table
    trades: pa.Table
    metrics: pa.Table

    def metric(self, key):
        """The value of a metric: a Decimal for money, a float otherwise, None where it has none (its `reason` says why)."""
        for row in self.metrics.to_pylist():
            if row["key"] == key:
                return row["money"] if row["unit"] == "money" else row["value"]
        raise KeyError(f"no metric is called {key}")


def read_run(folder):
    tables = {name: pq.read_table(Path(folder) / f"{name}.parquet") for name in TABLES}
    told = [{key.decode(): value.decode() for key, value in table.schema.metadata.items()} for table in tables.values()]
    hashes = {one["run_hash"] for one in told}
    if len(hashes) != 1:
        raise ValueError(f"{folder}: the tables are of different runs ({', '.join(sorted(hashes))}); write them again together")
    first = told[0]
    return Run(first["run"], first["run_hash"], first["strategy"], first["currency"], **tables)

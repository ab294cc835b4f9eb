"""What the program of each peer shares: reads the input, times the runs, says the answer. It knows no engine.

Prints a line of JSON after the first run and one at the end. Prices are whole ticks of 0.01 in the files; a fill is the bar that
formed when it happened, signed lots, and the price in ticks.
"""
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

MINUTE_US = 60_000_000
DAY_US = 86_400_000_000
OPENING = 1_000_000.0


def column(asked, name):
    return np.load(Path(asked["input"]) / f"{name}.npy")


def bars(asked):
    """The first so many minutes: beginnings in microseconds, prices in units of the currency."""
    read = {name: column(asked, f"bars-{name}")[: asked["bars"]] for name in ("time", "open", "high", "low", "close", "volume")}
    prices = {name: read[name] / 100 for name in ("open", "high", "low", "close")}
    return {**read, **prices}


def measure(prepare, play, tell):
    """prepare(asked) is not timed, play(asked, prepared) is, tell(asked, prepared, played) gives runs as (fills, equity, sharpe)."""
    asked = json.loads(sys.argv[1])
    for repeat in range(1 + asked["repeats"]):
        prepared = prepare(asked)
        begin, processor = time.perf_counter(), time.process_time()
        played = play(asked, prepared)
        seconds, processor = time.perf_counter() - begin, time.process_time() - processor
        if repeat == 0:
            first = seconds
            print(json.dumps({"first": seconds}), flush=True)
    answer = tell(asked, prepared, played)
    with open(asked["fills"], "w") as file:
        for run, (fills, _, _) in enumerate(answer["runs"]):
            file.writelines(f"{run} {bar} {lots} {price}\n" for bar, lots, price in fills)
    runs = [{"fills": len(fills), "equity": equity, "sharpe": sharpe} for fills, equity, sharpe in answer["runs"]]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = {"first": first, "seconds": seconds, "processor": processor, "memoryMb": memory}
    print(json.dumps({**said, "bars": answer["bars"], "runs": runs}), flush=True)


def ticks_of(price):
    """A price as the files have it; one that is no whole tick would be told as a fraction and found out."""
    ticks = round(price * 100, 6)
    return int(ticks) if ticks == int(ticks) else ticks

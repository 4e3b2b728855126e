"""How fast the explorer answers: ``python -m tests.benchmarks.bench_explore [EVERY]``.

Every indicator (or every second, …) is chosen in turn with each tab in front, at the levels it has, over the last
twelve months of the sample. Printed are the median, the 95th percentile and the slowest answer, by tab; the first look
at each institution, which reads its ledgers, is counted with the others.
"""

# ruff: noqa: T201 (it prints what it measured)

import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median, quantiles

from govkit.core.files import shipped
from govkit.demo.demonstration import _import
from govkit.figures.snapshot import open_snapshot
from govkit.institutions import indicators
from govkit.widgets.explore import TABS, Explorer


def main(every: int) -> None:
    folder = Path(tempfile.mkdtemp())
    _import(sorted(shipped("data/sample").glob("*.xlsx")), folder / "store", "benchmark")
    explorer = Explorer(open_snapshot(folder / "store"), folder)
    seen: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for code in list(indicators())[::every]:
        for place in ("示范区", "阳庙镇", "北西尚村"):
            explorer.go(place)
            for tab in TABS:
                seen[tab].append(_timed(explorer, code, place, tab))
    print(f"{len(indicators())} indicators, every {every}; load average {os.getloadavg()[0]:.1f}")
    for tab, times in seen.items():
        seconds = [taken for taken, _what in times]
        slowest, what = max(times)
        print(f"{tab:12s} {len(times):4d} answers, median {median(seconds) * 1000:4.0f} ms, ", end="")
        print(f"95% {quantiles(seconds, n=20)[-1] * 1000:4.0f} ms, slowest {slowest * 1000:4.0f} ms ({what})")


def _timed(explorer: Explorer, code: str, place: str, tab: str) -> tuple[float, str]:
    explorer.tabs.selected_index = TABS.index(tab)  # draws what was there before
    began = time.perf_counter()
    explorer.change(code=code)
    return time.perf_counter() - began, f"{code} {place}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)

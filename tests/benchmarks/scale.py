"""What a province costs: seconds and memory of a month's figures at growing numbers of rows.

``python -m tests.benchmarks.scale 100000 1000000 -o FOLDER`` writes a province of each size into the folder (a size
that is there already is kept), measures each in a process of its own, prints a line for each and draws the chart.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

MONTH = "2015-09"
CODES = ("C9", "agency_taken", "agency_on_time_rate", "G4", "G5", "G6", "visitors", "C4", "C5")
"""Indicators of the bulletin that are computed; those of empty ledgers cost the work on 31,501 places alone."""
MOST_MEMORY, MOST_SECONDS = 4.0, 600.0
CHART = Path(__file__).parents[2] / "docs" / "images" / "growth.svg"


def district(store: str) -> dict[str, Any]:
    """Compute a month's indicators for every place and the figures of every bulletin."""
    import govkit
    from govkit.institutions import indicators
    from govkit.ledgers.period import Period

    snapshot = govkit.open(store, engine="duckdb")
    month, begun = Period.month(MONTH), time.monotonic()
    for measure in indicators().values():
        snapshot.values.of(measure, month.compared())
    indicators_done = time.monotonic()
    snapshot.overdue(month), snapshot.due_soon(month)
    agency = snapshot.measure("agency_taken")
    snapshot.values.of(agency, month.trend(snapshot.span[0]))
    ranked = 0
    for place in [snapshot.places.district, *snapshot.places.at("township")]:
        figures = snapshot.figures(place.code, MONTH)
        figures.headline(list(CODES)), figures.by_unit(["C9", "agency_taken"])
        ranked += len(figures.rankings(["agency_on_time_rate"]))
        figures.trend("agency_taken"), figures.overdue_sentence(), figures.due_soon_sentence()
    for place in snapshot.places.at("village"):
        figures = snapshot.figures(place.code, MONTH)
        figures.headline(list(CODES)), figures.overdue_sentence()
    total = snapshot.values.of(agency, [month])[0][snapshot.places.district.code]
    return {
        "indicators": indicators_done - begun,
        "figures": time.monotonic() - begun,
        "memory": peak(),
        "ranked": ranked,
        "month": total,
    }


def village(store: str) -> dict[str, Any]:
    """Compute the figures of one village's bulletin."""
    import govkit

    begun = time.monotonic()
    snapshot = govkit.open(store, engine="duckdb")
    figures = snapshot.figures("t0777-07", MONTH)
    (
        figures.headline(list(CODES)),
        figures.trend("agency_taken"),
        figures.overdue_sentence(),
        figures.due_soon_sentence(),
    )
    return {"village": time.monotonic() - begun, "village_memory": peak()}


def say(line: dict[str, Any]) -> None:
    """Print a line of figures."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def peak() -> float:
    """Return the largest memory that this process held, in GiB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    return int(found[1]) / 2**20 if found else 0.0


def measured(rows: int, folder: Path) -> dict[str, Any]:
    """Return what a province of so many rows costs."""
    store = folder / f"province-{rows}"
    line: dict[str, Any] = {"rows": rows}
    if not (store / "places.csv").exists():
        begun = time.monotonic()
        subprocess.run([sys.executable, "-m", "tests.benchmarks.province", str(rows), str(store)], check=True)
        line["written"] = time.monotonic() - begun
    for part in ("district", "village"):
        command = [sys.executable, "-m", "tests.benchmarks.scale", "--part", part, "-o", str(store)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        line |= json.loads(done.stdout.splitlines()[-1])
    return line


def draw(lines: list[dict[str, Any]]) -> None:
    """Draw seconds and memory over rows, both axes by powers of ten."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4))
    axes = figure.subplots()
    rows = [line["rows"] for line in lines]
    for name, label in (
        ("figures", "全部通报的数据（秒）"),
        ("village", "一个村的通报（秒）"),
        ("memory", "内存（GiB）"),
    ):
        axes.plot(rows, [line[name] for line in lines], marker="o", label=label)
    axes.set(xscale="log", yscale="log", xlabel="服务记录（件）")
    axes.grid(visible=True, which="both", linewidth=0.3)
    axes.legend()
    figure.savefig(CHART, bbox_inches="tight", metadata={"Date": None})


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--part", choices=("district", "village"))
    parser.add_argument("--draw", action="store_true")
    asked = parser.parse_args()
    if asked.part:
        say({"district": district, "village": village}[asked.part](str(asked.output)))
        return
    lines = []
    for rows in asked.rows:
        lines.append(measured(rows, asked.output))
        say(lines[-1])
    if asked.draw:
        from govkit.figures.plotting import plot_in_chinese

        plot_in_chinese()
        draw(lines)


if __name__ == "__main__":
    main()

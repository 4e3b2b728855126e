"""What an import costs beside other readers, clean and with mistakes. Run: ``python -m tests.benchmarks.import_speed``.

Each measurement is a process of its own, so that its memory is its own too: seconds by the clock, processor seconds and
the largest memory, those of the capped child included. Not collected by pytest: it prints figures.
"""

import csv
import datetime as dt
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import psutil

from govkit.ledgers.annotate import annotate
from govkit.ledgers.frame_check import schema_of
from tests.ledgers.books import DISPUTES, PLACES, check

VILLAGES = [place.name for place in PLACES.at("village")]
XLSX_ROWS, CSV_ROWS = 100_000, 1_000_000
TOO_MANY = 10_000_000


def rows(count: int, every: int = 0) -> Iterator[list[object]]:
    """Yield disputes of invented persons, dated in 2015; with ``every``, one row in so many names no village."""
    pick = random.Random(20150901)
    for number in range(count):
        found = dt.date(2015, 1, 1) + dt.timedelta(days=pick.randrange(330))
        village = pick.choice(VILLAGES)
        yield [
            f"JF-2015-{number:07}",
            "无此村" if every and number % every == every // 2 else village,
            found,
            "村",
            "邻里纠纷",
            f"张样例{pick.randrange(500)}",
            f"因{pick.choice(['宅基地边界', '田间排水', '院墙采光'])}起纠纷{number % 5000}",
            found + dt.timedelta(days=pick.randrange(30)),
            "村",
            "书面协议",
        ]


def workbook(path: Path, count: int, every: int = 0) -> Path:
    """Write the rows as a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(DISPUTES.title)
    sheet.append([column.heading for column in DISPUTES.columns])
    for row in rows(count, every):
        sheet.append(row)
    book.save(path)
    return path


def csv_file(path: Path, count: int, every: int = 0) -> Path:
    """Write the rows as CSV."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.heading for column in DISPUTES.columns])
        writer.writerows(rows(count, every))
    return path


def govkit_import(path: Path) -> None:
    """Check a file and mark its problems, as the command does before it writes to the store."""
    intake = check(path)
    if intake.errors:
        annotate(path, intake.problems, path.parent)


def pandas_openpyxl(path: Path) -> None:
    """Read with pandas alone, nothing checked."""
    import pandas as pd

    pd.read_excel(path) if path.suffix == ".xlsx" else pd.read_csv(path, dtype=str)


def fastexcel_pandera(path: Path) -> None:
    """Read with fastexcel (pandas for CSV) and check types, blanks, ranges and the key with pandera."""
    import fastexcel
    import pandas as pd

    frame = fastexcel.read_excel(path).load_sheet(0).to_pandas() if path.suffix == ".xlsx" else pd.read_csv(path)
    frame = frame.set_axis(DISPUTES.names, axis=1)
    for column in DISPUTES.columns:
        typed = pd.to_datetime(frame[column.name]) if column.kind == "date" else frame[column.name]
        frame[column.name] = typed.astype(pd.api.types.pandas_dtype(column.dtype))
    schema_of(DISPUTES.code, DISPUTES.columns, DISPUTES.key).validate(frame, lazy=True)


WORK: dict[str, Callable[[Path], None]] = {
    "govkit": govkit_import,
    "pandas + openpyxl": pandas_openpyxl,
    "fastexcel + pandera": fastexcel_pandera,
}


def measured(name: str, path: Path) -> dict[str, float]:
    """Return the seconds and megabytes of one piece of work in a process of its own, after a small file."""
    command = [sys.executable, "-m", "tests.benchmarks.import_speed", name, str(path)]
    figures: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return figures


def _measure(name: str, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        WORK[name](workbook(Path(folder) / "warm.xlsx", 10, 0))
    process, largest, over = psutil.Process(), [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            try:
                everyone = (process, *process.children(recursive=True))
                largest[0] = max(largest[0], sum(one.memory_info().rss for one in everyone))
            except psutil.Error:
                continue

    def spent() -> float:
        everyone = (process, *process.children())
        return sum(sum(one.cpu_times()[:4]) for one in everyone)

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun, used = time.perf_counter(), spent()
    WORK[name](path)
    taken, used = time.perf_counter() - begun, spent() - used
    over.set()
    watcher.join()
    print(json.dumps({"seconds": taken, "processor": used, "memory": largest[0] / 2**20}))  # noqa: T201


def main() -> None:
    """Print the figures of every reader, and those of govkit with mistakes."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for kind, write, count in (("xlsx", workbook, XLSX_ROWS), ("csv", csv_file, CSV_ROWS)):
            clean = write(here / f"clean.{kind}", count)
            ours = measured("govkit", clean)
            _tell(f"{kind}, {count:,} rows, govkit", ours, ours)
            for name in list(WORK)[1:]:
                _tell(f"{kind}, {count:,} rows, {name}", measured(name, clean), ours)
            for every, words in ((count, "one bad row"), (10, "one row in ten bad")):
                bad = write(here / f"bad{every}.{kind}", count, every)
                _tell(f"{kind}, {count:,} rows, govkit, {words}", measured("govkit", bad), ours)
        long = here / "long.csv"
        long.write_text("".join(f"JF-{number},马村\n" for number in range(TOO_MANY)), encoding="utf-8")
        _tell(f"csv, {TOO_MANY:,} rows, govkit (refused)", measured("govkit", long), None)


def _tell(what: str, figures: dict[str, float], clean: dict[str, float] | None) -> None:
    ratio = f", {figures['processor'] / clean['processor']:.2f} × the clean file" if clean else ""
    print(  # noqa: T201
        f"{what}: {figures['seconds']:.1f} s, {figures['processor']:.1f} processor seconds{ratio}, "
        f"{figures['memory']:.0f} MB",
        flush=True,
    )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        _measure(sys.argv[1], Path(sys.argv[2]))
    else:
        main()

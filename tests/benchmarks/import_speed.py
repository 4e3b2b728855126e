"""How long checking large ledgers takes, beside merely reading them. Run: ``python -m tests.benchmarks.import_speed``.

Not collected by pytest: it prints figures, it does not pass or fail.
"""

import csv
import datetime as dt
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pandas as pd

from tests.ledgers.books import DISPUTES, PLACES, check

VILLAGES = [place.name for place in PLACES.at("village")]


def rows(count: int) -> Iterator[list[object]]:
    """Yield disputes of invented persons, dated in 2015."""
    pick = random.Random(20150901)
    for number in range(count):
        found = dt.date(2015, 1, 1) + dt.timedelta(days=pick.randrange(330))
        yield [
            f"JF-2015-{number:07}",
            pick.choice(VILLAGES),
            found,
            "村",
            "邻里纠纷",
            f"张样例{pick.randrange(500)}",
            f"因{pick.choice(['宅基地边界', '田间排水', '院墙采光'])}起纠纷{number % 5000}",
            found + dt.timedelta(days=pick.randrange(30)),
            "村",
            "书面协议",
        ]


def workbook(path: Path, count: int) -> Path:
    """Write the rows as a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(DISPUTES.title)
    sheet.append([column.heading for column in DISPUTES.columns])
    for row in rows(count):
        sheet.append(row)
    book.save(path)
    return path


def csv_file(path: Path, count: int) -> Path:
    """Write the rows as CSV."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.heading for column in DISPUTES.columns])
        writer.writerows(rows(count))
    return path


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print seconds for checking, and the ratio to reading the same file with pandas alone."""
    with tempfile.TemporaryDirectory() as folder:
        small = csv_file(Path(folder) / "warm.csv", 10)
        check(small)
        sheet, text = workbook(Path(folder) / "a.xlsx", 100_000), csv_file(Path(folder) / "b.csv", 1_000_000)
        for name, path, plain in (
            ("xlsx, 100,000 rows × 10", sheet, lambda: pd.read_excel(sheet, engine="calamine")),
            ("csv, 1,000,000 rows × 10", text, lambda: pd.read_csv(text, dtype=str)),
        ):
            checked, read = timed(lambda path=path: check(path)), timed(plain)  # type: ignore[misc]
            print(f"{name}: checked in {checked:.1f} s, {checked / read:.1f} × pandas reading alone ({read:.1f} s)")  # noqa: T201


if __name__ == "__main__":
    main()

"""The child process that reads a workbook: bytes on standard input, JSON on standard output, memory capped.

It runs as a script (``python -I child.py LIMIT``) and imports nothing of govkit.
"""

import datetime as dt
import json
import sys
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from python_calamine import CalamineSheet


def main() -> None:
    """Read the workbook on standard input and print its sheets."""
    cap_memory(int(sys.argv[1]))
    from python_calamine import CalamineWorkbook

    workbook = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
    sheets = [{"name": name, "rows": cells(workbook.get_sheet_by_name(name))} for name in workbook.sheet_names]
    sys.stdout.write(json.dumps(sheets, default=tagged, ensure_ascii=True))


def cells(sheet: "CalamineSheet") -> list[list[object]]:
    """Return a sheet's rows, with TRUE and FALSE as text, since a frame would turn them into 1 and 0."""
    return [
        [("TRUE" if cell else "FALSE") if cell is True or cell is False else cell for cell in row]
        for row in sheet.to_python(skip_empty_area=False)
    ]


def cap_memory(limit: int) -> None:
    """Cap this process's memory in bytes, where the system allows it (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def tagged(cell: object) -> str:
    """Return a day as text after a NUL, which no cell of a workbook can hold; anything else as its text."""
    if isinstance(cell, dt.datetime | dt.date):
        return f"\0{cell.year:04}-{cell.month:02}-{cell.day:02}"
    return str(cell)


if __name__ == "__main__":
    main()

"""A newcomer's walk, as docs/guides/第一本台账.md tells it: its commands are run, LibreOffice fills in and prints.

``python -m tests.docs.newcomer`` makes the guide's pictures anew, in docs/images.
"""

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pymupdf
from PIL import Image, ImageChops

from govkit.cli import run
from tests import office
from tests.docs.recipes import ROOT

GUIDE = ROOT / "docs" / "guides" / "第一本台账.md"
IMAGES = ROOT / "docs" / "images"
SHEET = "矛盾纠纷台账"
LIST = "问题清单"
ROWS = (
    "JF-001 北西尚村 2015-9-3 村 邻里纠纷 张样例 因宅基地边界起纠纷 2015-9-10 村 书面协议",
    "JF-002 北西上村 2015-9-8 村 家庭纠纷 李样例 兄弟间因赡养起纠纷 2015-9-15 村 口头协议",
    "JF-003 北西尚村 九月初 村 合同纠纷 王样例 因土地流转租金起纠纷 2015-9-22 村 书面协议",
    "JF-004 北西尚村 2015-9-20 村 邻里纠纷 赵样例 因田间排水起纠纷 2015-9-2 村 口头协议",
)
FIRST_ROW = 4
FILLED = {"A2": "填报单位：北西尚村　　年度：2015"} | {
    f"{letter}{FIRST_ROW + number}": words
    for number, row in enumerate(ROWS)
    for letter, words in zip("ABCDEFGHIJ", row.split(), strict=True)
}
REPAIRED = {"B5": "北西尚村", "C6": "2015-9-12", "H7": "2015-9-25"}
AREA = (0, 0, 7, 9)
"""The part of the ledger's sheet that is shown: first row and column, last row and column, from 0."""


@dataclass
class Walk:
    """What came of each command, and the pages that LibreOffice printed, by the name of the picture."""

    codes: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    pages: dict[str, Path] = field(default_factory=dict)


def commands() -> list[str]:
    """Return the commands that the guide tells people to type."""
    blocks = re.findall(r"^```text\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("govkit ")]


def outputs() -> list[str]:
    """Return the lines that the guide says appear on the screen."""
    blocks = re.findall(r"^```output\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def walk(folder: Path) -> Walk:
    """Take the walk in an empty folder."""
    done, told = Walk(), iter(commands())
    office_folder = folder / "office"
    office_folder.mkdir()
    with contextlib.chdir(folder):
        template, copy = folder / "台账模板.xlsx", folder / "台账模板-待修改.xlsx"
        _command(done, next(told))
        pages = {
            name: office_folder / f"{name}.pdf"
            for name in ("template", "filled", "marked", "problems", "repaired", "report")
        }
        filling = [*office.printed(pages["template"], SHEET, AREA), *office.typed(SHEET, FILLED)]
        office.work(
            office_folder,
            [
                *office.opened(template),
                *filling,
                *office.saved(template),
                *office.printed(pages["filled"], SHEET, AREA),
                *office.closed(),
            ],
        )
        _command(done, next(told))
        marked = [*office.printed(pages["marked"], SHEET, AREA), *office.printed(pages["problems"], LIST)]
        repairing = [
            *office.typed(SHEET, REPAIRED),
            *office.saved(copy),
            *office.printed(pages["repaired"], SHEET, AREA),
        ]
        office.work(office_folder, [*office.opened(copy), *marked, *office.closed()])
        office.work(office_folder, [*office.opened(copy), *repairing, *office.closed()])
        _command(done, next(told))
        _command(done, next(told))
        report = next((folder / "通报").glob("*.docx"))
        printing = f'Save(book, "{pages["report"].as_uri()}", "writer_pdf_Export")'
        office.work(office_folder, [*office.opened(report), printing, *office.closed()])
    done.pages = pages
    return done


def _command(done: Walk, line: str) -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        done.codes.append(run(line.split()[1:]))
    done.said.append(said.getvalue())


def pictures(pages: dict[str, Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the file name and content of the guide's pictures."""
    for name, path in pages.items():
        with pymupdf.open(path) as document:
            pixels = document[0].get_pixmap(dpi=80 if name == "report" else 96)
            image = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples)
        blank = Image.new("RGB", image.size, "white")
        left, top, right, bottom = ImageChops.difference(image, blank).getbbox() or (0, 0, *image.size)
        image = image.crop((max(0, left - 8), max(0, top - 8), right + 8, bottom + 8))
        content = io.BytesIO()
        image.quantize(64).save(content, "PNG", optimize=True)
        yield f"newcomer-{name}.png", content.getvalue()


def main() -> None:
    """Make the guide's pictures anew."""
    with tempfile.TemporaryDirectory() as folder:
        done = walk(Path(folder))
        for name, content in pictures(done.pages):
            (IMAGES / name).write_bytes(content)
            print(name, len(content))  # noqa: T201
        print(done.codes, os.linesep.join(done.said))  # noqa: T201


if __name__ == "__main__":
    main()

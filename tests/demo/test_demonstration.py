"""One run of the demonstration."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pymupdf
import pytest

from govkit.cli import run
from govkit.exams.results.results import exam_results

pytestmark = pytest.mark.slow


def test_it_leaves_what_the_design_promises(demonstrated: tuple[Path, int]) -> None:
    folder, code = demonstrated
    assert code == 0
    assert len(list((folder / "demo/workbooks").glob("*.xlsx"))) == 7
    assert (folder / "demo/store/_commits").is_dir()
    reports = [path.name for path in (folder / "demo/reports").iterdir() if "通报" in path.name]
    for place in ("示范区", "阳庙镇", "北西尚村"):
        assert sorted(name.rsplit(".", 1)[1] for name in reports if place in name) == ["docx", "html", "pdf"]


def test_it_holds_an_exam_with_its_result_bulletins(demonstrated: tuple[Path, int]) -> None:
    folder = demonstrated[0] / "demo"
    wanted = "blueprint.yaml paper-A.json paper-B.json paper-M.json key.sealed roster.csv responses.csv marks.csv"
    names = {path.name for path in (folder / "exam").iterdir()}
    assert {*wanted.split(), "items.csv", "analysis.json"} <= names
    whole = exam_results(folder / "exam").units.iloc[-1]
    assert whole["sat"] == 1263  # T3
    assert round(whole["pass_rate"]) == 95  # T4
    result = sorted(path.name for path in (folder / "reports").glob("成绩通报*"))
    assert [name.rsplit(".", 1)[1] for name in result] == ["docx", "html", "pdf"] * 2
    named_people = set(exam_results(folder / "exam").candidates["name"])
    public = (folder / "reports/成绩通报-district-公开.html").read_text("utf-8")
    internal = (folder / "reports/成绩通报-district.html").read_text("utf-8")
    assert [name for name in named_people if len(name) > 2 and name in public] == []
    assert [name for name in named_people if name in internal]


def test_the_manifest_vouches_for_every_file(demonstrated: tuple[Path, int]) -> None:
    folder = demonstrated[0] / "demo/reports"
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["reports"]
    assert entries
    for entry in entries:
        assert entry["status"] == "rendered"
        for output in entry["outputs"].values():
            assert hashlib.sha256((folder / output["file"]).read_bytes()).hexdigest() == output["sha256"]


def test_the_first_page_has_title_text_table_and_chart_inside_the_margins(demonstrated: tuple[Path, int]) -> None:
    path = next((demonstrated[0] / "demo/reports").glob("*示范区*.pdf"))
    with pymupdf.open(path) as document:
        page = document[0]
        text = page.get_text()
        picture = page.get_pixmap(dpi=100, colorspace=pymupdf.csGRAY)
    for expected in ("关于2015年9月基层", "四项基础制度运行情况的通报", "现将", "一、总体情况"):
        assert expected in text
    ink = np.frombuffer(picture.samples, dtype=np.uint8).reshape(picture.height, picture.stride) < 128
    rows, columns = (np.flatnonzero(ink[: round(264 / 25.4 * 100)].any(axis=axis)) for axis in (1, 0))
    top, left, right = rows.min() * 0.254, columns.min() * 0.254, columns.max() * 0.254
    assert top >= 37 - 0.3
    assert left >= 28 - 0.3
    assert right <= 28 + 156 + 0.3


def test_again_changes_nothing(demonstrated: tuple[Path, int], capsys: object) -> None:
    folder = demonstrated[0]
    assert (
        run(
            [
                "ledger",
                "import",
                *map(str, (folder / "demo/workbooks").glob("*.xlsx")),
                "--store",
                str(folder / "demo/store"),
            ]
        )
        == 0
    )
    assert "没有变化" in capsys.readouterr().out  # type: ignore[attr-defined]

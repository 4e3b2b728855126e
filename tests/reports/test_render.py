"""Reports by one call, from a notebook or a script."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from govkit.core.errors import InputError, UsageError
from govkit.reports.render import Results, list_reports, render
from tests.reports.test_plan import VILLAGE


def test_the_list_shows_every_report_with_its_levels_and_audiences() -> None:
    reports = list_reports()
    assert [report.name for report in reports] == sorted(report.name for report in reports)
    assert repr(reports).splitlines()[-1].split() == ["village_profile", "一村一表"]
    page = reports._repr_html_()
    assert page.count("<tr>") == len(reports) + 1
    assert '<td style="text-align:left">区、乡镇（街道）、村</td>' in page
    assert "内部、公开" in page


def test_a_report_is_rendered_once_and_its_files_named(sample_store: Path, tmp_path: Path) -> None:
    asked: dict[str, Any] = {
        "store": sample_store,
        "period": "2015-09",
        "places": VILLAGE,
        "formats": "html",
        "folder": tmp_path / "a",
    }
    results = render("village_profile", **asked)
    assert [result.status for result in results] == ["rendered"]
    assert [file.name for file in results.files] == [f"一村一表-2015-09-{VILLAGE}.html"]
    assert results.files[0].read_text("utf-8").count(VILLAGE)
    assert results.problems == []
    assert repr(results) == f"Results(1 rendered, folder='{tmp_path / 'a'}')"
    page = results._repr_html_()
    assert "已生成" in page
    assert "2015-09" in page
    assert repr(render("village_profile", **asked)).startswith("Results(1 unchanged")
    assert repr(render("village_profile", **asked, force=True)).startswith("Results(1 rendered")


def test_the_store_the_month_and_the_level_have_defaults(
    sample_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVKIT_STORE", str(sample_store))
    monkeypatch.chdir(tmp_path)
    results = render("conduct", formats=["html"])
    assert [file.as_posix() for file in results.files] == ["reports/党风政风监督情况-2015-12-示范区.html"]


def test_a_failed_report_is_an_entry_with_its_problems_shown_as_text(sample_store: Path, tmp_path: Path) -> None:
    given = {"table": "没有这张表"}
    results = render("appraisal_and_prizes", store=sample_store, formats="html", folder=tmp_path, parameters=given)
    assert [result.status for result in results] == ["failed"]
    assert results.files == []
    assert "没有这张表" in results.problems[0].what
    marked = replace(results[0], problems=(replace(results.problems[0], what="<b>没有这张表</b>"),))
    page = Results([marked], tmp_path)._repr_html_()
    assert "失败" in page
    assert "&lt;b&gt;没有这张表" in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": "no_such_report"}, UsageError),
        ({"level": "township"}, InputError),
        ({"audience": "everyone"}, InputError),
        ({"formats": "odt"}, UsageError),
        ({"period": "1999-01"}, InputError),
        ({"places": "没有的村"}, InputError),
        ({"parameters": {"unknown": 1}}, InputError),
        ({"parameters": {"issuer": 1}}, InputError),
        ({"store": "no-such-folder"}, InputError),
    ],
)
def test_what_there_is_not_is_refused_before_anything_is_written(
    sample_store: Path, tmp_path: Path, given: dict[str, Any], error: type[Exception]
) -> None:
    asked: dict[str, Any] = {"name": "village_profile", "store": sample_store, "folder": tmp_path / "out"} | given
    with pytest.raises(error):
        render(**asked)
    assert not (tmp_path / "out").exists()

"""Every report of a township unit is made where the store holds no row of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store
from govkit.rendering.catalogue import reports
from govkit.reports.plan import planned, render_all
from tests.ledgers.books import check, dispute, disputes_book

pytestmark = pytest.mark.slow

MONTH, EMPTY = "2015-03", "宁郭镇"
OF_TOWNSHIPS = [report.name for report in reports() if "township" in report.levels]


def test_every_report_of_a_township_without_data_is_made(tmp_path: Path) -> None:
    intake = check(disputes_book(tmp_path / "a.xlsx", dispute()))  # of a village of another township unit
    assert Store(tmp_path / "store").import_(intake, shipped_places(), "测试")
    plans = [planned(name, str(tmp_path / "store"), MONTH, places=[EMPTY], with_missing=True) for name in OF_TOWNSHIPS]
    jobs = tuple(job for plan in plans for job in plan.jobs)
    results = render_all(replace(plans[0], jobs=jobs, formats=("html",)), tmp_path / "out", 1, lambda _rendered: None)
    assert [(one.job.stem, one.problems) for one in results if one.problems] == []
    assert len(results) == len(OF_TOWNSHIPS) >= 10
    assert all(EMPTY in (tmp_path / "out" / one.outputs["html"]).read_text("utf-8") for one in results)

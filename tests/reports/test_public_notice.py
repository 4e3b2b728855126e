"""The public notice: land cases are shown, small counts and persons are not."""

from typing import Any

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.ledgers.mask import SMALL
from govkit.reports.public_notice import Notice
from tests.reports.conftest import NA, Bent


def test_the_land_case_is_public_from_its_publication_on(snapshot: Snapshot) -> None:
    assert Notice(snapshot.figures("北西尚村", "2015-03")).land().empty
    (row,) = Notice(snapshot.figures("北西尚村", "2015-04")).land().to_dict("records")
    assert row["征地面积"] == "1436亩"
    assert row["涉及户数"] == "474户"


@pytest.mark.parametrize(("households", "shown"), [(1, "较少，不公开"), (3, "较少，不公开"), (4, "4户"), (pd.NA, "—")])
def test_few_households_are_not_counted_out(snapshot: Snapshot, bent: Bent, households: Any, shown: str) -> None:
    rows = snapshot.ledger("decisions")
    rows.loc[rows["subject"] == "征地补偿", "households"] = households
    assert Notice(bent("北西尚村", "2015-04", decisions=rows)).land()["涉及户数"].tolist() == [shown]


def test_land_without_its_compensation_says_so(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("decisions").assign(compensation=NA)
    assert Notice(bent("北西尚村", "2015-04", decisions=rows)).land()["补偿金额"].tolist() == ["未填"]


def test_a_resolution_is_posted_in_its_month_waits_and_then_its_result_is(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("decisions")
    rows.loc[rows["subject"] == "征地补偿", "result_published_on"] = pd.Timestamp("2015-06-10")
    april, may, june = (Notice(bent("北西尚村", month, decisions=rows)) for month in ("2015-04", "2015-05", "2015-06"))
    assert [has_land(report.resolutions()) for report in (april, may, june)] == [True, False, False]
    assert [has_land(report.waiting()) for report in (april, may, june)] == [False, True, False]
    assert [has_land(report.results()) for report in (april, may, june)] == [False, False, True]


def has_land(table: pd.DataFrame) -> bool:
    return bool(table["事项名称"].str.contains("大沙河").any())


def test_no_village_posts_a_small_count(snapshot: Snapshot) -> None:
    for village in snapshot.places.at("village"):
        table = Notice(snapshot.figures(village.code, "2015-09")).agency()
        numbers = pd.to_numeric(pd.Series(table.iloc[:, 1:].to_numpy().ravel()), errors="coerce")
        assert not ((numbers >= 1) & (numbers <= SMALL)).any(), village.name

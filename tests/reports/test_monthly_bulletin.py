"""The monthly bulletin: the comparison with the year before, and the public version."""

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.reports.monthly_bulletin import Bulletin
from tests.reports.conftest import Bent


def test_without_a_year_before_nothing_is_said(snapshot: Snapshot) -> None:
    assert Bulletin(snapshot.figures("", "2015-09")).year_before(["G4"]) == ""


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        (2, 3, "排查矛盾纠纷比去年同月增加1件，增长50.0%。"),
        (3, 3, "排查矛盾纠纷与去年同月持平。"),
        (0, 3, "排查矛盾纠纷去年同月无数据。"),
        (4, 3, "排查矛盾纠纷比去年同月减少1件，下降25.0%。"),
    ],
)
def test_the_month_is_compared_with_that_of_the_year_before(
    snapshot: Snapshot, bent: Bent, then: int, now: int, said: str
) -> None:
    rows = snapshot.ledger("disputes").head(then + now + 1).reset_index(drop=True)
    days = ["2014-09-30"] * then + ["2015-09-01"] * now + ["2013-01-01"]
    f = bent("", "2015-09", disputes=rows.assign(found_on=pd.to_datetime(days)))
    assert Bulletin(f).year_before(["G4"]) == said


def test_each_figure_has_its_part(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("disputes").head(1).assign(found_on=pd.Timestamp("2014-03-31"), township="yangmiao")
    f = bent("阳庙镇", "2015-03", disputes=rows)
    said = Bulletin(f).year_before(["D4", "G4", "G6"])
    assert said.count("；") == 2
    assert "比去年同月" in said


def disputes(snapshot: Snapshot, found: int, settled: int) -> pd.DataFrame:
    """Return disputes of 北西尚村 found in January, the first of them settled in February."""
    rows = snapshot.ledger("disputes").head(found).reset_index(drop=True)
    days = ["2015-02-01" if at < settled else "NaT" for at in range(found)]
    village = snapshot.place("北西尚村")
    return rows.assign(
        place=village.code,
        township=village.township,
        found_on=pd.Timestamp("2015-01-05"),
        settled_on=pd.to_datetime(days),
    )


@pytest.mark.parametrize(
    ("found", "settled", "said"),
    [
        (0, 0, "本年累计排查矛盾纠纷0件。"),
        (12, 12, "本年累计排查矛盾纠纷12件，化解12件，化解率100.0%。"),
        (12, 8, "本年累计排查矛盾纠纷12件，化解8件，化解率66.7%。"),
        (12, 9, "本年累计排查矛盾纠纷12件，化解情况因数量较少或可据以推算，不公开具体件数。"),
        (12, 2, "本年累计排查矛盾纠纷12件，化解情况因数量较少或可据以推算，不公开具体件数。"),
    ],
)
def test_a_village_makes_no_small_count_public_nor_what_gives_it_away(
    snapshot: Snapshot, bent: Bent, found: int, settled: int, said: str
) -> None:
    f = bent("北西尚村", "2015-09", disputes=disputes(snapshot, found, settled))
    assert Bulletin(f).disputes_in_public() == said


@pytest.mark.parametrize(("found", "settled"), [(1, 1), (3, 0), (3, 2)])
def test_few_disputes_are_not_counted_in_public(snapshot: Snapshot, bent: Bent, found: int, settled: int) -> None:
    f = bent("北西尚村", "2015-09", disputes=disputes(snapshot, found, settled))
    said = Bulletin(f).disputes_in_public()
    assert "数量较少" in said
    assert not any(character.isdigit() for character in said)


@pytest.mark.parametrize(
    ("place", "audience", "all_of_it"),
    [("", "public", True), ("阳庙镇", "public", False), ("北西尚村", "public", False), ("北西尚村", "internal", True)],
)
def test_below_the_district_the_public_reads_less(
    snapshot: Snapshot, place: str, audience: str, all_of_it: bool
) -> None:
    assert Bulletin(snapshot.figures(place, "2015-09"), audience).detailed is all_of_it


def test_a_count_of_persons_is_withheld_where_small(snapshot: Snapshot) -> None:
    f = snapshot.figures("", "2015-09")
    assert f["H9"].value == 6
    assert Bulletin(f, "public")["H9"] == Bulletin(f, "internal")["H9"] == "6人"
    jobs = snapshot.figures("文昌街道", "2015-09")
    assert 1 <= (jobs["H9"].value or 0) <= 3
    assert Bulletin(jobs, "public")["H9"].startswith("数量较少")
    assert Bulletin(jobs, "internal")["H9"] == str(jobs["H9"])


def test_a_unit_with_few_has_neither_count_nor_rate_in_public(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("disputes")
    yangmiao = rows["township"] == "yangmiao"
    f = bent("", "2015-12", disputes=rows[~yangmiao | (yangmiao.cumsum() <= 2)])
    table = Bulletin(f).units_in_public("G4", "G6")
    hidden = table[table.iloc[:, 1] == "*"]
    assert "阳庙镇" in set(hidden["单位"])
    assert len(hidden) >= 2
    assert set(hidden.iloc[:, 2]) == {"*"}

"""The monthly bulletin: the comparison with the year before, and the public version."""

from pathlib import Path

import pandas as pd
import pytest

from govkit.core.files import shipped
from govkit.figures.snapshot import Snapshot
from govkit.reports.monthly_bulletin import Bulletin
from tests.reports.conftest import Bent
from tests.reports.linter import faults


def test_without_a_year_before_nothing_is_said(snapshot: Snapshot) -> None:
    assert Bulletin(snapshot.figures("", "2015-09")).year_before(["G4"]) == ""


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        (2, 3, "与去年同月相比，排查矛盾纠纷增加1件。"),
        (3, 3, "与去年同月相比，排查矛盾纠纷持平。"),
        (0, 3, ""),  # nobody had reported then
        (4, 3, "与去年同月相比，排查矛盾纠纷减少1件。"),
    ],
)
def test_the_month_is_compared_with_that_of_the_year_before(
    snapshot: Snapshot, bent: Bent, then: int, now: int, said: str
) -> None:
    rows = snapshot.ledger("disputes").head(then + now + 1).reset_index(drop=True)
    days = ["2014-09-30"] * then + ["2015-09-01"] * now + ["2013-01-01"]
    f = bent("", "2015-09", disputes=rows.assign(found_on=pd.to_datetime(days)))
    assert Bulletin(f).year_before(["G4"]) == said


def test_what_nobody_reported_then_is_not_compared(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("disputes").head(1).assign(found_on=pd.Timestamp("2014-03-31"), township="yangmiao")
    f = bent("阳庙镇", "2015-03", disputes=rows)
    assert Bulletin(f).year_before(["D4"]) == ""


def disputes(snapshot: Snapshot, found: int, settled: int) -> pd.DataFrame:
    """Return disputes of 北西尚村 found in January, the first of them settled in February, and one of a neighbour."""
    rows = snapshot.ledger("disputes").head(found + 1).reset_index(drop=True)
    days = ["2015-02-01" if at < settled else "NaT" for at in range(found + 1)]
    village = snapshot.place("北西尚村")
    neighbour = snapshot.place("梁庄村")  # its township has reported, also where the village found none
    return rows.assign(
        place=[village.code] * found + [neighbour.code],
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
    f = snapshot.figures("文昌街道", "2015-09")
    assert 1 <= (f["H9"].value or 0) <= 3
    told = {audience: str(list(Bulletin(f, audience).results())) for audience in ("internal", "public")}
    assert f"安排就业{f['H9']}" in told["internal"]
    assert "安排就业" not in told["public"]  # below the district the public reads nothing of it
    whole = snapshot.figures("", "2015-09")
    assert f"安排就业{whole['H9']}" in str(list(Bulletin(whole, "public").results()))


def lines(report: Bulletin) -> list[str]:
    """Return every sentence of a bulletin's text."""
    told = [line for _title, lines in report.results() for line in lines]
    return [*report.opening(), *report.overview(), *told, *report.problems(), *report.requests()]


@pytest.mark.parametrize("place", ["", "阳庙镇", "文昌街道", "北西尚村", "司家寨"])
@pytest.mark.parametrize("month", ["2015-01", "2015-09", "2015-12"])
def test_no_sentence_has_a_fault_and_none_stands_twice(snapshot: Snapshot, place: str, month: str) -> None:
    told = lines(Bulletin(snapshot.figures(place, month)))
    assert {line: found for line in told if (found := faults(line))} == {}
    assert len(set(told)) == len(told)


def test_units_are_named_among_the_problems_by_the_offices_setting(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    f = snapshot.figures("", "2015-09")
    assert "文昌街道" in "".join(Bulletin(f).problems())
    text = shipped("data/rules/settings.csv").read_text("utf-8").replace("通报点名,点名", "通报点名,不点名")
    (tmp_path / "settings.csv").write_text(text, encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    anonymous = "".join(Bulletin(f).problems())
    assert "文昌街道" not in anonymous
    assert "个单位" in anonymous


def test_the_headline_has_no_row_of_nothing(snapshot: Snapshot) -> None:
    table = Bulletin(snapshot.figures("司家寨", "2015-02")).headline()
    assert not table[["本月", "上月", "本年累计"]].isin(["0", "—"]).all(axis=1).any()


def test_a_unit_with_few_has_neither_count_nor_rate_in_public(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("disputes")
    yangmiao = rows["township"] == "yangmiao"
    f = bent("", "2015-12", disputes=rows[~yangmiao | (yangmiao.cumsum() <= 2)])
    table = Bulletin(f).units_in_public("G4", "G6")
    hidden = table[table.iloc[:, 1] == "*"]
    assert "阳庙镇" in set(hidden["单位"])
    assert len(hidden) >= 2
    assert set(hidden.iloc[:, 2]) == {"*"}

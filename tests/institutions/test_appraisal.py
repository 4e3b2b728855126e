import datetime as dt
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from govkit.core.errors import InputError
from govkit.figures.snapshot import Snapshot
from govkit.institutions.appraisal import (
    ILLUSTRATIVE,
    SCORES,
    UNDECIDED,
    Item,
    Table,
    appraisal_table,
    appraise,
    awarded,
    performance_pay,
    prize_amounts,
    prize_places,
    ranking,
)
from govkit.ledgers.period import Period
from tests.institutions.frames import frame
from tests.ledgers.books import PLACES

OFFICIAL = "appraisal_official"
DAY = dt.date(2015, 12, 31)
YEAR = Period.months("2015-01", "2015-12")
HEADER = "group,number,text,weight,evidence,deduction,without_case,effective_from,effective_to,source,mark\n"


def supply(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, *lines: str, header: str = HEADER) -> None:
    (folder / f"{name}.csv").write_text(header + "\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(folder))


WEIGHTS = [
    (("60,,", "40,,"), None),
    (("60,,", "39.5,,"), "99.5"),
    (("60,,", "41,,"), "101"),
    (("33.4,,", "66.6,,"), None),  # exact, no binary rounding
    (("100,G6,", "0,,"), None),
    (("60,nothing,", "40,,"), "nothing"),
    (("60,disputes_open,", "40,,"), "期末未化解"),  # a count needs to know what each case costs
    (("60,disputes_open,2", "40,,"), None),
    (("sixty,,", "40,,"), "sixty"),
    (("-1,,", "101,,"), "-1"),
]


@pytest.mark.parametrize(("weights", "expected"), WEIGHTS)
def test_a_table_is_checked(
    weights: tuple[str, str], expected: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"甲,{n},样例项{n},{words},,,,样例,示意" for n, words in enumerate(weights, 1)]
    supply(tmp_path, monkeypatch, "appraisal_official", *lines)
    if expected is None:
        assert len(appraisal_table(OFFICIAL, DAY).items) == 2
        return
    with pytest.raises(InputError) as refused:
        appraisal_table(OFFICIAL, DAY)
    assert refused.value.problems[0].where.source == "appraisal_official.csv"
    assert expected in str(refused.value)


def test_the_official_table_is_not_supplied_and_the_other_is_marked_illustrative() -> None:
    with pytest.raises(InputError, match="官方文本待填"):
        appraisal_table(OFFICIAL, DAY)
    assert appraisal_table(ILLUSTRATIVE, DAY).illustrative


def test_other_weights_must_add_up_too() -> None:
    table = appraisal_table(ILLUSTRATIVE, DAY)
    assert table.reweighted({1: 20, 2: 30}).items[1].weight == 30
    with pytest.raises(InputError, match="95"):
        table.reweighted({1: 20})


def by_hand(*weights: float) -> Table:
    items = tuple(Item("", n, f"样例{n}", Fraction(str(weight))) for n, weight in enumerate(weights, 1))
    return Table("样例", items, illustrative=True)


def scores(*rows: tuple[str, int, float]) -> dict[str, pd.DataFrame]:
    made = [{"place": p, "item_no": n, "score": s, "scored_on": dt.datetime(2015, 6, 1)} for p, n, s in rows]
    return {"appraisal_scores": frame(SCORES, *made)}


A, B, C = "yangmiao-02", "yangmiao-03", "yangmiao-04"


def test_equal_totals_share_a_rank_and_one_that_lacks_an_item_has_none() -> None:
    frames = scores((A, 1, 50.1), (A, 2, 30), (B, 1, 50), (B, 2, 30.1), (C, 1, 60))
    found = appraise(by_hand(60, 40), frames, PLACES, YEAR, scope=PLACES["yangmiao"])
    ranked = ranking(found)
    assert ranked[["place", "total", "rank", "tied"]].to_numpy().tolist() == [[A, 80.1, 1, True], [B, 80.1, 1, True]]
    assert found.set_index("place").loc[C, "missing"] == [2]


def test_a_score_above_the_weight_is_refused() -> None:
    with pytest.raises(InputError, match="考评评分台账"):
        appraise(by_hand(60, 40), scores((A, 1, 60.5)), PLACES, YEAR)


AWARDS = [
    ([1, 2, 3, 4], {"一等奖": 1, "二等奖": 2}, ["一等奖", "二等奖", "二等奖", ""]),
    ([1, 1, 3], {"一等奖": 2}, ["一等奖", "一等奖", ""]),
    ([1, 1, 3], {"一等奖": 1, "二等奖": 2}, [UNDECIDED, UNDECIDED, "二等奖"]),
    ([1, 2, 2], {"一等奖": 1, "二等奖": 1}, ["一等奖", UNDECIDED, UNDECIDED]),
    ([1, 2], {"一等奖": 0}, ["", ""]),
]


@pytest.mark.parametrize(("ranks", "cutoffs", "prizes"), AWARDS)
def test_a_tie_over_a_cut_off_is_left_open(ranks: list[int], cutoffs: dict[str, int], prizes: list[str]) -> None:
    assert awarded(pd.DataFrame({"rank": ranks}), cutoffs)["prize"].tolist() == prizes


def test_prizes_are_the_published_ones_and_their_places_have_no_default() -> None:
    assert prize_amounts(DAY) == {"一等奖": 15000, "二等奖": 12000, "三等奖": 9000}
    with pytest.raises(InputError, match="一等奖名额"):
        prize_places(DAY)


SETTINGS = "name,value,effective_from,effective_to,source,mark,note\n"


@pytest.mark.parametrize(
    ("formula", "pay"), [("按得分比例", 2700.0), ("按平均分比例", 3375.0), ("随便", None), ("官方文本待填", None)]
)
def test_pay_follows_the_formula_in_the_settings(
    formula: str, pay: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supply(tmp_path, monkeypatch, "settings", f"绩效报酬办法,{formula},,,样例,U,", header=SETTINGS)
    if pay is not None:
        assert performance_pay(3000, 90, 80, DAY) == pay
        return
    with pytest.raises(InputError, match="绩效报酬办法"):
        performance_pay(3000, 90, 80, DAY)


def test_the_illustrative_table_ranks_every_village_of_the_sample(snapshot: Snapshot) -> None:
    table = appraisal_table(ILLUSTRATIVE, DAY)
    found = appraise(table, snapshot.frames, snapshot.places, YEAR)
    assert found["total"].between(0, 100).all()
    assert len(ranking(found)) == 104

"""Effect of other appraisal weights on the ranking (考评权重试算); nothing is stored."""

from collections import ChainMap
from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from govkit.institutions.appraisal import SCORES, WHOLE, Table, appraise, ranking
from govkit.rendering.content import wording
from govkit.reports.appraisal_and_prizes import Appraisal

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

STEP = Fraction(1, 2)
_MOVES = ("上升", "下降", "不变")


class WhatIf:
    """The ranking of a place's villages for a month under the table's own weights and under others."""

    def __init__(self, f: "Figures", table: str = "") -> None:
        self.f = f
        self.page = Appraisal(f, table)
        self.table = self.page.table

    @property
    def weights(self) -> dict[int, float]:
        """The table's own weights, by item number."""
        return {item.number: float(item.weight) for item in self.table.items}

    def missing(self, weights: Mapping[int, float]) -> str:
        """Return by how much the weights miss 100, in words; an empty text where they add up."""
        total = sum((Fraction(str(weight)) for weight in weights.values()), Fraction())
        if total == WHOLE:
            return ""
        gap = _number(abs(WHOLE - total))
        how = f"还差{gap}分" if total < WHOLE else f"多出{gap}分"
        return f"权重合计{_number(total)}分，{how}；合计为100分时才排名次。"

    def evened(self, weights: Mapping[int, float]) -> dict[int, float]:
        """Return weights in the same proportion that add up to 100, in steps of half a point."""
        exact = {number: Fraction(str(weight)) for number, weight in weights.items()}
        total = sum(exact.values(), Fraction())
        shares = {n: w * WHOLE / total if total else Fraction(WHOLE, len(exact)) for n, w in exact.items()}
        steps = {number: share // STEP for number, share in shares.items()}
        left = int(WHOLE / STEP) - sum(steps.values())
        for number in sorted(shares, key=lambda n: steps[n] * STEP - shares[n])[:left]:
            steps[number] += 1
        return {number: float(count * STEP) for number, count in steps.items()}

    def compared(self, weights: Mapping[int, float]) -> pd.DataFrame:
        """Return a row per village, best first under the new weights: ranks and totals before and after, the move.

        Ranks are over the whole district; weights that do not add up to 100 are refused. A score entered by hand is
        scaled with its item's weight, so that 8 of 10 points become 4 of 5.
        """
        before, after = self._before, self._ranked(self.table.reweighted(weights))
        rows = after.merge(before, on="place", suffixes=("_after", "_before"))
        own = {unit.code for unit in self.f.snapshot.places.at("village", self.f.place.code)}
        rows = rows[rows["place"].isin(own)]
        names = self.f.snapshot.places.names
        moved = (rows["rank_before"] - rows["rank_after"]).astype("int64")
        return pd.DataFrame(
            {
                "名次": rows["rank_after"].astype("int64"),
                "村": rows["place"].map(names),
                "乡镇（街道）": [names[self.f.snapshot.places[code].township] for code in rows["place"]],
                "总分": rows["total_after"].astype("float64"),
                "原名次": rows["rank_before"].astype("int64"),
                "原总分": rows["total_before"].astype("float64"),
                "名次升降": moved,
            }
        ).reset_index(drop=True)

    def summary(self, compared: pd.DataFrame, first: int = 10) -> str:
        """Return how many villages rise, fall and stay, and who enters and leaves the first ten, in words."""
        if compared.empty:
            return f"没有各项得分齐全的村，不排名次。{self.page.missing_sentence()}"
        moved = compared["名次升降"]
        counts = (int((moved > 0).sum()), int((moved < 0).sum()), int((moved == 0).sum()))
        said = "、".join(f"{word}{count}个村" for word, count in zip(_MOVES, counts, strict=True))
        enters = compared.loc[(compared["名次"] <= first) & (compared["原名次"] > first), "村"]
        leaves = compared.loc[(compared["名次"] > first) & (compared["原名次"] <= first), "村"]
        return (
            f"与原权重相比，名次{said}。"
            f"进入全区前{wording.numeral(first)}名的：{wording.joined(enters, '、') or '没有'}；"
            f"退出的：{wording.joined(leaves, '、') or '没有'}。"
        )

    @cached_property
    def _before(self) -> pd.DataFrame:
        return self._ranked(self.table)

    def _ranked(self, table: Table) -> pd.DataFrame:
        scaled = ChainMap({SCORES.code: self._scaled(table)}, self.f.snapshot.frames)  # type: ignore[arg-type]  # read only
        unknown = self.page.unknown_in(self.page.year)
        points = appraise(table, scaled, self.f.snapshot.places, self.page.year, unknown=unknown)
        return ranking(points)[["place", "total", "rank"]]

    def _scaled(self, table: Table) -> Any:
        """Return the scores entered by hand, each as large a share of its item's new weight as of the old one."""
        old, new = ({item.number: item.weight for item in one.items} for one in (self.table, table))
        rows = self.f.snapshot.frames[SCORES.code]
        scores = [
            float(Fraction(str(score)) * new.get(number, 0) / old[number]) if old.get(number) else 0.0
            for number, score in zip(rows["item_no"], rows["score"], strict=True)
        ]
        most = [float(new.get(number, 0)) for number in rows["item_no"]]
        return rows.assign(score=[min(pair) for pair in zip(scores, most, strict=True)])


def _number(value: Fraction) -> str:
    return f"{float(value):g}"

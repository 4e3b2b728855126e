"""The register of major rural decisions (农村重大事项决策记录簿): an index, then a record for each decision."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from govkit.institutions.decisions import LAND, MEMBERS_MEETING, STEP_TITLES, breaches
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.rows import known, rests_on

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["Register", "r"]

_MEMBERS = ("members_entitled", "members_present", "members_agreeing", "members_opposing")
_VOTERS = (
    "meeting",
    "voters_entitled",
    "voters_present",
    "voters_agreeing",
    "voters_opposing",
    "venue",
    "chair",
    "dissent",
)
_TOLD = {"合规": "合规", "缺监督": "缺监督记录", "办理中": "尚在办理", "问题": "存在问题"}
"""The verdicts of the index, and how the summary tells them."""
SIGNATURES = "村党支部书记：　　　　　村委会主任：　　　　　村务监督委员会主任：　　　　　记录人："
"""The line on which a record is signed."""


@dataclass(frozen=True)
class DecisionRecord:
    """One decision of the register: its village, its title, and its steps, supervision and result as a table."""

    village: str
    title: str
    steps: pd.DataFrame


class Register:
    """The decisions of a place that took a step in the month, or with ``whole_year`` since January."""

    def __init__(self, f: "Figures", *, whole_year: bool = False) -> None:
        self.f = f
        self.period = f.period.year_to_date() if whole_year else f.period

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The decisions, by village and number, as of the month's end."""
        rows = as_known(self.f)
        start = pd.Timestamp(self.period.start)
        moved = (rows[list(STEP_TITLES)] >= start).any(axis=1)
        order = {place.code: number for number, place in enumerate(self.f.snapshot.places)}
        return (
            rows[moved]
            .assign(_order=lambda rows: rows["place"].map(order))
            .sort_values(["_order", "decision_id"], ignore_index=True)
        )

    def __len__(self) -> int:
        return len(self.rows)

    @rests_on("decisions")
    def summary(self) -> str:
        """Return how many decisions there are, how many are done, how many broke a rule, in words."""
        if not len(self):
            return f"{self.period.label}没有重大事项决策记录。"
        done = self.rows["result_published_on"].notna().sum()
        verdicts = Counter(self._verdicts)
        counts = ((said, sum(n for one, n in verdicts.items() if one.startswith(sign))) for sign, said in _TOLD.items())
        told = "，".join(f"{said}{count}项" for said, count in counts if count)
        return (
            f"本簿收录{self.period.label}办理的重大事项决策{len(self)}项，六步办结{done}项，"
            f"正在办理{len(self) - done}项；核对结果{told}。"
        )

    def index(self) -> pd.DataFrame:
        """Return a row per decision: number in the register, village, matter, day, progress, result of the check."""
        return pd.DataFrame(
            {
                "序号": range(1, len(self) + 1),
                "村": self.rows["place"].map(self.f.snapshot.places.names),
                "事项名称": self.rows["title"],
                "提议日期": self.rows["proposed_on"].dt.strftime("%Y-%m-%d"),
                "进度": [_reached(row) for _, row in self.rows.iterrows()],
                "核对结果": self._verdicts,
            }
        )

    def records(self) -> Iterator[DecisionRecord]:
        """Yield each decision's record, in the order of the index."""
        names = self.f.snapshot.places.names
        for number, ((_, row), found) in enumerate(zip(self.rows.iterrows(), self._breaches, strict=True), 1):
            yield DecisionRecord(names[row["place"]], row["title"], _steps(number, row, _result(row, found)))

    @cached_property
    def _verdicts(self) -> list[str]:
        """The result of the check of each decision in a word; one without both supervisions is not 合规."""
        return [_verdict(row, found) for (_, row), found in zip(self.rows.iterrows(), self._breaches, strict=True)]

    @cached_property
    def _breaches(self) -> list[list[str]]:
        return [breaches(row) for _, row in self.rows.iterrows()]


def as_known(f: "Figures") -> pd.DataFrame:
    """Return the place's decisions as of the month's end; votes of meetings that were later are blank."""
    rows = known(f, "decisions")
    rows.loc[rows["deliberated_on"].isna(), list(_MEMBERS)] = pd.NA
    rows.loc[rows["resolved_on"].isna(), list(_VOTERS)] = pd.NA
    return rows


def _reached(row: pd.Series) -> str:
    done = [title for name, title in STEP_TITLES.items() if pd.notna(row[name])]
    return "已办结" if pd.notna(row["result_published_on"]) else f"已{done[-1]}"


def _steps(number: int, row: pd.Series, result: str) -> pd.DataFrame:
    texts = {
        "proposed_on": "村党支部会提议",
        "conferred_on": "村“两委”会商议",
        "deliberated_on": _votes(row, "members", MEMBERS_MEETING),
        "resolved_on": _votes(row, "voters", row["meeting"] if pd.notna(row["meeting"]) else "决议会议"),
        "published_on": "决议公开" + _land(row),
        "result_published_on": "实施结果公开",
    }
    steps = [(f"第{number}项", pd.NaT, f"{row['decision_id']}，{row['subject']}")]
    steps += [
        (title, row[name], texts[name] if pd.notna(row[name]) else wording.NOTHING)
        for name, title in STEP_TITLES.items()
    ]
    steps += [("会议地点和主持人", pd.NaT, _meeting(row)), ("不同意见", pd.NaT, _filled(row["dissent"]))]
    steps += [("两级监督", pd.NaT, _supervision(row)), ("核对结果", pd.NaT, result), ("签名", pd.NaT, SIGNATURES)]
    return pd.DataFrame(steps, columns=["程序", "日期", "记录"])


def _supervision(row: pd.Series) -> str:
    days = _supervised(row)
    return "；".join(f"{who}{wording.date(day)}" if pd.notna(day) else f"{who}无记录" for who, day in days)


def _supervised(row: pd.Series) -> tuple[tuple[str, dt.date | None], ...]:
    return ("乡镇", row["township_supervised_on"]), ("区级", row["district_supervised_on"])


def _verdict(row: pd.Series, found: list[str]) -> str:
    if found:
        return f"问题{len(found)}条"
    if pd.isna(row["result_published_on"]):
        return "办理中"
    return "合规" if all(pd.notna(day) for _who, day in _supervised(row)) else "缺监督"


def _votes(row: pd.Series, side: str, meeting: str) -> str:
    counts = [row[f"{side}_{part}"] for part in ("entitled", "present", "agreeing")]
    said = [f"{word}{wording.number(count)}" for word, count in zip(("应到", "实到", "赞成"), counts, strict=True)]
    against, (_entitled, present, agreeing) = row[f"{side}_opposing"], counts
    if pd.notna(against):
        said.append(f"反对{wording.number(against)}")
        rest = 0 if pd.isna(present) or pd.isna(agreeing) else present - agreeing - against
        said += [f"弃权或未表决{wording.number(rest)}"] if rest > 0 else []
    else:
        said.append("反对未填")
    return f"{meeting}：{'，'.join(said)}"


def _meeting(row: pd.Series) -> str:
    if pd.isna(row["resolved_on"]):
        return wording.NOTHING
    return f"地点：{_filled(row['venue'])}；主持人：{_filled(row['chair'])}"


def _filled(value: Any) -> str:
    return "未填" if wording.is_missing(value) or not str(value).strip() else str(value)


def _land(row: pd.Series) -> str:
    if row["subject"] != LAND:
        return ""
    said = [
        f"{title}{wording.number(row[name], unit)}" if pd.notna(row[name]) else f"{title}未填"
        for name, title, unit in (("land_area", "征地面积", "亩"), ("compensation", "补偿金额", "万元"))
    ]
    return f"：{'，'.join(said)}"


def _result(row: pd.Series, found: list[str]) -> str:
    if found:
        return f"存在问题{len(found)}条：" + "；".join(f"{number}. {text}" for number, text in enumerate(found, 1))
    if pd.notna(row["result_published_on"]):
        lacking = [who for who, day in _supervised(row) if pd.isna(day)]
        return f"六步程序齐全，缺{'、'.join(lacking)}监督记录，不能认定合规" if lacking else "合规"
    following = next(title for name, title in STEP_TITLES.items() if pd.isna(row[name]))
    return f"已走程序合规，下一步“{following}”"

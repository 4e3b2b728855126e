"""The monthly bulletin as an official document (通报): its lines, from the rules of sentences, and its annexes.

In public a count of one to three matters of persons is withheld together with what would give it away. Below the
district nearly every count of a month is that small, so there the public version covers the year and no single matter.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from govkit.figures.missing import silent_units
from govkit.figures.reported import UNREPORTED
from govkit.institutions.rulebook import known_setting
from govkit.ledgers.mask import SMALL, WITHHELD, suppress_list
from govkit.ledgers.period import Period
from govkit.rendering import content as r
from govkit.rendering.content import wording
from govkit.reports.clauses import clauses_that_hold
from govkit.reports.events import events_of_month
from govkit.reports.rows import TOTAL, UNIT
from govkit.reports.sentences import (
    BEHIND_POINTS,
    FEW,
    Account,
    best_units,
    change_in_count,
    change_in_rate,
    most_of,
    sentence,
    units_behind,
)

if TYPE_CHECKING:
    from govkit.figures.figure import Figures

__all__ = ["Bulletin", "r"]

THAN = "去年同月"
RECIPIENTS = {"district": "各乡镇（街道）", "township": "各村", "village": "各村民小组"}
PERSONS = frozenset({"T5", "suggestions_received", "suggestions_closed", "suggestions_open", "H4", "H9"})
"""Counts of persons or of what they said, which are withheld from the public where they are small."""
SANCTIONS = (("警告", "warned"), ("严重警告", "seriously_warned"), ("撤销党内职务", "removed_from_post"))
OBSERVED = (("乡镇中心", "centres_observed_township"), ("村级中心", "centres_observed_village"))
BUILT = (
    ("新建乡镇中心", "F1"),
    ("改建乡镇中心", "F2"),
    ("新建村级活动场所", "F5"),
    ("修缮村级活动场所", "venues_repaired"),
)
TRAINED = (("举办培训", "training_sessions"), ("参训", "training_attendances"))
SECRETARIES = (("上级选派的", "secretaries_trained_above"), ("乡镇选派的", "secretaries_trained_township"))
SUGGESTIONS = (("收到", "suggestions_received"), ("销号", "suggestions_closed"), ("月末未销号", "suggestions_open"))
PETITIONS = (
    ("本月收到", "petitions_received"),
    ("本月办结", "petitions_finished"),
    ("月末未办结", "petitions_open"),
    ("化解十年以上积案", "X1"),
)
HEADLINE = (
    "decisions_proposed",
    "decisions_resolved",
    "D4",
    "decisions_published",
    "results_published",
    "agency_taken",
    "C9",
    "agency_on_time_rate",
    "visitors",
    "G4",
    "disputes_settled",
    "G6",
    "disputes_open",
    "mediations",
    "inspections",
    "inspection_findings",
    "rectification_rate",
)
PUBLIC_HEADLINE = ("D4", "decisions_published", "results_published", "inspections")
RATES = (
    ("程序规范率", "decisions_in_order_rate", "decisions_resolved"),
    ("按时办结率", "agency_on_time_rate", "C9"),
    ("化解率", "G6", "G4"),
    ("整改率", "rectification_rate", "inspections_with_findings"),
)
"""The rates by which units are compared over the year: name, code, and the count that they rest on."""


class Bulletin:
    """The month of a place for an audience, in sentences and tables."""

    def __init__(self, f: "Figures", audience: str = "internal") -> None:
        self.f, self.public = f, audience == "public"
        self.account = Account(f, withheld=SMALL if self.public else 0, few=PERSONS)

    @property
    def detailed(self) -> bool:
        """Whether the month's agency work and disputes are shown: internally, and in public of the whole district."""
        return not self.public or self.f.place.level == "district"

    @property
    def title(self) -> str:
        """The document's title: about what, and that it is a bulletin; below the district with the place's name."""
        whose = "" if self.f.place.level == "district" else self.f.place.name
        return f"关于{self.f.period.label}{whose}基层四项基础制度运行情况的通报"

    def setting(self, name: str) -> str:
        """Return a setting of the office in force at the month's end, an empty text where it is not supplied."""
        return known_setting(name, self.f.period.end)

    @property
    def recipients(self) -> str:
        """Those whom the bulletin is sent to: the office's setting, else the units below the place."""
        return self.setting("通报主送机关") or RECIPIENTS[self.f.place.level]

    @property
    def is_sealed(self) -> bool:
        """Whether room is left for a seal over the signature."""
        return self.setting("通报用印") == "用印"

    def opening(self) -> Iterator[str]:
        """Yield the paragraphs before the first section."""
        yield f"现将{self.f.period.label}{self.f.whole}基层四项基础制度运行情况通报如下。"
        yield from filter(None, [self.f.missing])

    def overview(self) -> Iterator[str]:
        """Yield the paragraphs of 总体情况: the month, the year so far, the month of the year before."""
        say, f = self.account, self.f
        month = [say.count("按程序决策重大事项", "D4", changed=True)]
        if self.detailed:
            month += [say.count("办结代办服务", "C9", changed=True), say.count("排查矛盾纠纷", "G4", changed=True)]
        month += [say.count("开展监督检查", "inspections", changed=True)]
        told = "；".join(clause for clause in month if clause)
        if told or not f.missing:
            yield f"本月，{f.whole}{told or '没有新的决策、服务、调解和检查记录'}。"
        year = [say.year("按程序决策重大事项", "D4")]
        if self.detailed:
            year += [say.year("办结代办服务", "C9"), say.year("排查矛盾纠纷", "G4"), say.year("化解", "G5")]
            year += [say.year_rate("化解率", "G6")] if f["G4"].year_to_date else []
        year += [say.year("开展监督检查", "inspections")]
        if f.period.end.month > 1 and any(year):
            yield sentence(f"{wording.year_to_date(f.period.end)}，{f.whole}累计" + "、".join(filter(None, year)))
        codes = ["D4", "C9", "G4", "inspections"] if self.detailed else ["D4", "inspections"]
        yield from filter(None, [self.year_before(codes)])

    def results(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the title of each institution with its paragraphs; one with nothing to tell has none."""
        for title, lines in (
            ("民主决策", self._decisions()),
            ("便民服务", self._services()),
            ("矛盾纠纷预防化解", self._disputes()),
            ("党风政风监督", self._conduct()),
            ("其他工作", self._others()),
        ):
            yield title, [line for line in lines if line]

    def _decisions(self) -> list[str]:
        say = self.account
        return [
            sentence(say.count("本月提议重大事项", "decisions_proposed"), say.count("决议", "decisions_resolved")),
            sentence(
                say.count("本月公开决议", "decisions_published"),
                say.count("公开实施结果", "results_published"),
                say.count("乡镇监督到场", "decisions_supervised"),
            ),
            sentence(
                say.year("本年累计用“4+2”工作法解决群众关心问题", "D5"),
                say.year_rate("程序规范率", "decisions_in_order_rate", full="决议事项全部按程序决策"),
                self._best("decisions_in_order_rate"),
            ),
        ]

    def _services(self) -> list[str]:
        say, f = self.account, self.f
        if not self.detailed:
            return [self.agency_in_public()] if f["C9"].year_to_date else []
        return [
            sentence(
                say.count("本月受理代办服务", "agency_taken"),
                say.rate("按时办结率", "agency_on_time_rate", full="办结的全部按时"),
                "" if not self.public and "降" in self._on_time else self._on_time,
            ),
            sentence(say.count("服务中心本月接待群众", "visitors", changed=True)) if f.has_centre else "",
            sentence(self._best("agency_on_time_rate")),
        ]

    def _disputes(self) -> list[str]:
        say = self.account
        force = [say.count("村级网格", "G2"), say.count("网格员", "G3"), say.count("调解队伍", "mediation_team_count")]
        standing = f"现有{'、'.join(filter(None, force))}。" if any(force) else ""
        if not self.detailed:
            return [self.disputes_in_public(), standing] if self.f["G4"].year_to_date else [standing]
        settled = say.count("本月化解矛盾纠纷", "disputes_settled")
        return [
            sentence(
                settled,
                say.count("其中在网格和村化解", "disputes_settled_in_village") if settled else "",
                say.count("组织调解", "mediations"),
                say.count("月末未化解", "disputes_open"),
            ),
            sentence(self._best("G6")),
            standing,
        ]

    def _conduct(self) -> list[str]:
        say, f = self.account, self.f
        found = say.count("本月检查发现问题", "inspection_findings")
        rate = f["rectification_rate"].year_to_date
        lines = [
            sentence(
                found,
                say.year("本年累计发现问题", "inspection_findings"),
                "" if rate is None else say.year_rate("整改率", "rectification_rate", full="已全部整改"),
                self._best("rectification_rate"),
            )
        ]
        if not self.public:
            punished = say.year("给予党纪处分", "sanctioned")
            lines.append(
                sentence(
                    say.year("本年累计查处农村党员干部案件", "S5"),
                    punished,
                    say.parts("sanctioned", SANCTIONS, to_date=True) if punished else "",
                )
            )
        return lines

    def _others(self) -> list[str]:
        count = self.account.count
        events = events_of_month(self.f)
        lines = [
            f"本月大事：{'，'.join(events)}。" if events else "",
            _about(
                "教育培训", "本月", ("举办培训", "training_sessions"), ("参训", "training_attendances"), count=count
            ),
            _about("观摩评比", "本月观摩", *OBSERVED, count=count),
            _about("以奖代补", "本月", ("奖补", "observation_subsidy"), count=count),
            _about("阵地建设", "本月", *BUILT, count=count),
            _about("党支部设置", "服务窗口和产业链", ("党支部", "party_branches"), count=count),
            _about("部门结对", "本月", ("解决难题", "H2"), count=count),
            _about("致富项目", "本月", ("开发", "H5"), count=count),
        ]
        if self.detailed:
            lines += [
                _about("驻村第一书记", "本月培训", *SECRETARIES, count=count),
                self._exam(),
                _about("过关考试", "本月", ("合格的党员和村民代表", "T5"), count=count),
                _about("意见建议", "本月", *SUGGESTIONS, count=count),
                _about("后备干部", "本月", ("培养", "H4"), count=count),
                _about("结对帮扶", "本月", ("落实帮扶资金", "H7"), ("安排就业", "H9"), count=count),
            ]
        return lines if self.public else [*lines, _about("信访", "", *PETITIONS, count=count)]

    def _exam(self) -> str:
        sat = self.account.count("考试方面，本月区级闭卷考试参考", "T3")
        return sentence(sat, self.account.rate("通过率（以实考人数为基数）", "T4")) if sat else ""

    def problems(self) -> list[str]:
        """Return the paragraphs of 存在问题, for internal readers only: 一是 …, 二是 …."""
        found = [line for line in self._problems() if line]
        if not found:
            return ["按台账核对，本月没有逾期、落后和相互矛盾的事项。"]
        return [f"{wording.numeral(at)}是{line}" for at, line in enumerate(found, 1)] if len(found) > 1 else found

    def _problems(self) -> Iterator[str]:
        f = self.f
        silent = silent_units(f.snapshot.reported, f.snapshot.places, f.place, f.period)
        if silent:
            names = [f.snapshot.places.names[code] for code in silent]
            listed = f"：{'、'.join(names)}" if self.is_named else ""
            yield f"{len(names)}个单位没有报送{f.period.label}台账{listed}。"
        if f.overdue_count:
            late = f.overdue()
            yield sentence(
                f"有{f.overdue_count}件事项逾期未办",
                self._overdue_kinds(late),
                self._late_units(),
                f"最久的已超期{late['超期天数'].max()}天",
            )
        if "降" in self._on_time:
            yield sentence(f"代办服务按时办结率{self._on_time}")
        for name, code, base in RATES:
            behind = units_behind(self.account.units(code, base), f[code].year_to_date, named=self.is_named)
            if behind:
                yield sentence(f"本年{name}低于{f.whole}水平{BEHIND_POINTS:.0f}个百分点以上的有{behind}")
        gaps = self.contradictions
        if gaps:
            yield sentence(f"台账之间有{gaps}处对不上，需要核实更正")

    @property
    def _on_time(self) -> str:
        """How the month's rate of agency work done on time changed; what has fallen is told among the problems."""
        rate = self.f["agency_on_time_rate"]
        return change_in_rate(rate.value, rate.before) if self.f["agency_taken"].value and rate.comparable else ""

    @property
    def annex_title(self) -> str:
        """The title of the annex with the tables."""
        return f"{self.f.period.label}{self.f.whole}运行情况表"

    @property
    def is_named(self) -> bool:
        """Whether units are named where something is wrong, by the office's setting."""
        return self.setting("通报点名") == "点名"

    @cached_property
    def contradictions(self) -> int:
        """The number of contradictions between ledgers; of the whole district, so it is told there only."""
        return len(self.f.snapshot.contradictions()) if self.f.place.level == "district" else 0

    def _overdue_kinds(self, late: pd.DataFrame) -> str:
        counts = late["类别"].value_counts()
        return "其中" + "、".join(f"{kind}{count}件" for kind, count in counts.items()) if len(counts) > 1 else ""

    def _late_units(self) -> str:
        table = self.f.overdue_by_unit()
        if table.empty:
            return ""
        rows = table[~table[UNIT].str.startswith(TOTAL) & (table[TOTAL] != UNREPORTED)]
        units = most_of(dict(zip(rows[UNIT], rows[TOTAL], strict=True)), "件", named=self.is_named)
        return f"涉及{units}" if units else ""

    def requests(self) -> list[str]:
        """Return the paragraphs of 下步要求, from the office's clauses whose conditions hold."""
        silent = silent_units(self.f.snapshot.reported, self.f.snapshot.places, self.f.place, self.f.period)
        counts = {"逾期": self.f.overdue_count, "不一致": self.contradictions, "未报送": len(silent)}
        if self.public:
            counts = {}
        texts = clauses_that_hold(self.f, counts, self.f.period.end)
        return [f"（{wording.numeral(at)}）{text}" for at, text in enumerate(texts, 1)]

    def headline(self) -> pd.DataFrame:
        """Return the main figures, a row each; rows with nothing in them are left out."""
        table = self.f.headline(list(HEADLINE if self.detailed else PUBLIC_HEADLINE))
        empty = table[["本月", "上月", "本年累计"]].isin(["0", "0.0", wording.NOTHING]).all(axis=1)
        return table[~empty].reset_index(drop=True)

    def year_before(self, codes: Iterable[str]) -> str:
        """Return how the month's figures differ from a year before, in words; an empty text without data of then."""
        before = self.f.period.year_before()
        if before.start < self.f.snapshot.span[0].start:
            return ""
        told = [clause for code in codes if (clause := self._compared(code, before))]
        return f"与去年同月相比，{'；'.join(told)}。" if told else ""

    def agency_in_public(self) -> str:
        """Return the year's agency work as a township unit or a village publishes it, in words."""
        return f"本年累计办结代办服务{_few(self.f['C9'].year_to_date, self.f['C9'].ytd)}。"

    def disputes_in_public(self) -> str:
        """Return the year's disputes as a township unit or a village publishes them, in words."""
        f = self.f
        found, settled = (int(f[code].year_to_date or 0) for code in ("G4", "G5"))
        shown = suppress_list(pd.Series({"化解": settled, "未化解": found - settled}))
        said = f"本年累计排查矛盾纠纷{FEW if shown[TOTAL] == WITHHELD else f['G4'].ytd}"
        if found == 0:
            return f"{said}。"
        if WITHHELD in set(shown):
            return f"{said}，化解情况因数量较少或可据以推算，不公开具体件数。"
        return f"{said}，化解{f['G5'].ytd}，化解率{f['G6'].ytd}。"

    def units_in_public(self, count: str, rate: str) -> pd.DataFrame:
        """Return a row per unit with a count and a rate of the year; where the count is withheld, so is the rate."""
        table = self.f.by_unit([count, rate], to_date=True)
        first, second = table.columns[1:]
        values = self.f.values_by_unit(count, to_date=True).set_index(UNIT).iloc[:, 0].fillna(0).astype("int64")
        hidden = (suppress_list(values) == WITHHELD).to_numpy()
        return table.assign(**{name: table[name].mask(hidden, WITHHELD) for name in (first, second)})

    def unit_tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield caption and table of each institution by unit; for a village its matters of the month, if any."""
        yield from self._by_unit() if self.f.has_units else self._matters()

    def _by_unit(self) -> Iterator[tuple[str, pd.DataFrame]]:
        label = self.f.period.label
        month: Sequence[tuple[str, list[str]]] = (
            (
                "民主决策",
                ["decisions_proposed", "decisions_resolved", "D4", "decisions_published", "results_published"],
            ),
            ("代办服务", ["agency_taken", "C9", "agency_on_time", "agency_on_time_rate"]),
            ("排查化解", ["G4", "disputes_settled", "disputes_in_village_rate", "disputes_open"]),
            ("监督检查", ["inspections", "inspection_findings", "inspections_with_findings", "inspections_rectified"]),
        )
        for title, codes in month:
            if not self.public or title in {"民主决策", "监督检查"}:
                yield f"各单位{title}情况（{label}）", self.f.by_unit(codes)
        if self.public and self.detailed:
            yield "各单位本年累计代办服务情况", self.units_in_public("C9", "agency_on_time_rate")
            yield "各单位本年累计排查化解情况", self.units_in_public("G4", "G6")

    def _matters(self) -> Iterator[tuple[str, pd.DataFrame]]:
        listing = self.f.listing
        found = [
            (
                "本月决议事项",
                listing("decisions", ["title", "subject", "resolved_on", "published_on"], dated="resolved_on"),
            )
        ]
        if self.detailed:
            found += [
                ("本月受理代办服务", listing("agency_services", ["service_id", "matter", "applied_on", "finished_on"])),
                ("本月排查矛盾纠纷", listing("disputes", ["dispute_id", "found_on", "kind", "settled_on"])),
            ]
        yield from ((caption, table) for caption, table in found if len(table))

    def _best(self, code: str) -> str:
        if not self.f.has_units or (self.public and not self.detailed):
            return ""
        name, base = next((name, base) for name, found, base in RATES if found == code)
        best = best_units(self.account.units(code, base))
        return f"各单位本年{name}，{best}" if best else ""

    def _compared(self, code: str, before: Period) -> str:
        figure = self.f[code]
        then = self.f.value_in(code, before)
        if figure.is_rate:
            change = change_in_rate(figure.value, then, THAN)
        else:
            change = change_in_count(figure.value, then, figure.measure.unit, THAN)
        return f"{figure.measure.label}{change.replace(f'比{THAN}', '').replace(f'与{THAN}', '')}" if change else ""


def _about(topic: str, start: str, *counts: tuple[str, str], count: Callable[[str, str], str]) -> str:
    """Return a sentence on a topic from those of its counts that are not zero; none gives an empty text."""
    told = [said for words, code in counts if (said := count(words, code))]
    return f"{topic}方面，{start}{'，'.join(told)}。" if told else ""


def _few(value: float | None, words: str) -> str:
    return FEW if value is not None and 1 <= value <= SMALL else words

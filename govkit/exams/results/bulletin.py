"""The result bulletin (成绩通报) of a marked exam: its figures, sentences and lists, and its rendering.

Results are read, the key stays closed. For the public nobody is named in full, those who must resit not at all, and
where fewer than :data:`FEWEST` sat in a unit its average and pass rate are withheld.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from govkit import __version__
from govkit.core import audit
from govkit.core.errors import InputError, Problem, UsageError, Where
from govkit.core.files import shipped
from govkit.core.i18n import gettext as _
from govkit.exams.folder import BLUEPRINT_FILE, MARKS_FILE, nearest_exam
from govkit.exams.paper.blueprint import Blueprint, read_blueprint
from govkit.exams.paper.key import AUDIT_FILE
from govkit.exams.paper.paper import digest
from govkit.exams.paper.roster import ABSENT, DISQUALIFIED, PRESENT, ROSTER_FILE
from govkit.exams.results.results import ALL_UNITS, Results, Sitting, exam_results, honours, masked, resit_list
from govkit.rendering import content as r  # noqa: F401 - the notebook takes it from here

if TYPE_CHECKING:
    import pandas as pd

    from govkit.rendering.batch import Job, Rendered
    from govkit.rendering.privacy.check import PrivacyCheck

Audience = Literal["internal", "public"]

TEMPLATE = "notebooks/exams/result_bulletin.ipynb"
FEWEST = 5
SITTING_LABELS: dict[Sitting, str] = {"first": "首次考试", "resit": "补考", "final": "首次考试和补考合并，取较好成绩"}
_STEMS: dict[Sitting, str] = {"first": "", "resit": "补考", "final": "最终"}
STATUS_LABELS = {PRESENT: "实考", ABSENT: "缺考", DISQUALIFIED: "取消成绩"}

_UNIT_LABELS = {
    "unit": "单位",
    "registered": "应考",
    "sat": "实考",
    "absent": "缺考",
    "average": "平均分",
    "passed": "通过",
    "pass_rate": "通过率",
}
_LIST_LABELS = {
    "candidate": "准考证号",
    "name": "姓名",
    "unit": "单位",
    "post": "职务",
    "mark": "得分",
    "status": "状态",
}


@dataclass(frozen=True, slots=True)
class Bulletin:
    """The content of a result bulletin of one sitting for one audience."""

    folder: Path
    blueprint: Blueprint
    results: Results
    sitting: Sitting
    audience: Audience
    simulated: bool

    @property
    def title(self) -> str:
        """The title of the document."""
        return f"{self.blueprint.title}成绩通报"

    @property
    def subtitle(self) -> str:
        """The line below the title: the day and the sitting."""
        from govkit.rendering.content.wording import date

        return f"（{date(self.blueprint.date)}，{SITTING_LABELS[self.sitting]}）"

    def summary(self) -> str:
        """Return the summary sentence: registered, sat, passed, and the base of the pass rate."""
        from govkit.rendering.content.wording import number, percent

        whole = self.results.units.iloc[-1]
        rate = "" if self._unrated else f"，通过率{percent(whole['pass_rate'])}（{self.results.base}）"
        return (
            f"本次考试应考{whole['registered']}人，实考{whole['sat']}人，缺考{whole['absent']}人。"
            f"满分{self.blueprint.total}分，及格线{self.blueprint.pass_mark}分，"
            f"平均{number(whole['average'], '分', digits=1)}，通过{whole['passed']}人{rate}。"
        )

    def units(self) -> "pd.DataFrame":
        """Return the table by unit with Chinese headings, the sum last; no pass rate where the base forbids one."""
        table = self.results.units.copy()
        if self.audience == "public":
            small = withheld(table)
            table.loc[small, ["average", "passed", "pass_rate"]] = None
        table = table.drop(columns=["pass_rate"]) if self._unrated else table
        return table.rename(columns=_UNIT_LABELS)

    def units_note(self) -> str:
        """Return the note below the table by unit."""
        hidden = self.audience == "public" and bool(withheld(self.results.units).any())
        notes = [f"通过率＝{self.results.base}。" if not self._unrated else "参考人数不详，不计算通过率。"]
        notes += ["实考人数很少的单位不公布平均分和通过情况。"] if hidden else []
        return "".join(notes)

    def distribution(self) -> "pd.DataFrame":
        """Return the number of candidates in each band of marks: 分数段, 人数."""
        return self.results.distribution.rename(columns={"label": "分数段", "count": "人数"})

    def honours(self, least: float, most: int = 0) -> "pd.DataFrame":
        """Return the honours list: at least ``least`` points, best first, at most ``most`` except for ties."""
        chosen = honours(self.results.candidates, least, most or None)
        return self._listed(chosen, ["candidate", "name", "unit", "post", "mark"], ["name", "unit"])

    def honours_caption(self, least: float, most: int = 0) -> str:
        """Return what the honours list holds: all with at least ``least`` points, or how many of how many."""
        best = int((self.results.candidates["mark"] >= least).sum())
        listed = len(honours(self.results.candidates, least, most or None))
        if listed == best:
            return f"得分{least:g}分及以上的人员（{best}人）"
        return f"得分最高的{listed}人（得分{least:g}分及以上的共{best}人）"

    def resit_sentence(self, include_absent: bool = True) -> str:
        """Return how many must resit, in words; the public is told no small number."""
        count = len(resit_list(self.results.candidates, include_absent))
        whom = "未通过和缺考的" if include_absent else "未通过的"
        if not count:
            return "没有需要补考的人员。"
        if self.audience != "public":
            return f"{whom}{count}人需要补考。"
        if count < FEWEST:
            return f"{whom}需要补考，人数较少，人数和名单都不公开，由所在单位通知本人。"
        return f"{whom}{count}人需要补考，名单不公开，由所在单位通知本人。"

    def resits(self, include_absent: bool = True) -> "pd.DataFrame":
        """Return the resit list, by unit; without rows for the public, who never learn who failed."""
        if self.audience == "public":
            return self._listed(self.results.candidates.head(0), [], ["name", "unit"])
        chosen = resit_list(self.results.candidates, include_absent)
        chosen = chosen.sort_values("unit", kind="stable", key=self._in_order)
        return self._listed(chosen, ["candidate", "name", "unit", "post", "mark", "status"], ["name", "unit"])

    def provenance(self) -> list[tuple[str, str]]:
        """Return the provenance of the document, for its last table."""
        from govkit.rendering.catalogue import Report

        template = Report(shipped(TEMPLATE))
        return [
            ("考试", f"{self.blueprint.exam}（{SITTING_LABELS[self.sitting]}）"),
            ("成绩文件", f"{MARKS_FILE}（{digest((self.folder / MARKS_FILE).read_bytes())[:8]}）"),
            ("考生名册", f"{ROSTER_FILE}（{digest((self.folder / ROSTER_FILE).read_bytes())[:8]}）"),
            ("读者", "公开" if self.audience == "public" else "内部"),
            ("报告模板", f"{template.title}（{template.sha256[:8]}）"),
            ("软件版本", f"govkit {__version__}"),
        ]

    def _in_order(self, column: "pd.Series[Any]") -> "pd.Series[Any]":
        """Return the sort key of a column: units by their place in the roster, any other column unchanged."""
        places = {unit: place for place, unit in enumerate(self.results.units["unit"])}
        return column.map(places) if column.name == "unit" else column

    @property
    def _unrated(self) -> bool:
        return self.blueprint.rate_base == "none"

    def _listed(self, chosen: "pd.DataFrame", internal: list[str], public: list[str]) -> "pd.DataFrame":
        """Return a list with its serial numbers; the public sees surname and unit, in the order of units."""
        table = chosen.assign(status=chosen["status"].map(STATUS_LABELS))
        table = masked(table)[public] if self.audience == "public" else table[internal]
        if self.audience == "public":
            table = table.sort_values(["unit", "name"], kind="stable", key=self._in_order)
        table = table.rename(columns=_LIST_LABELS).reset_index(drop=True)
        table.insert(0, "序号", range(1, len(table) + 1))
        return table


def open_bulletin(folder: Path | str, sitting: Sitting = "first", audience: Audience = "internal") -> Bulletin:
    """Return the bulletin of a marked exam.

    :raises InputError: the exam is not marked, marks or roster were changed since, nobody was registered for the
        sitting.
    """
    path = Path(folder)
    _refuse_unknown(sitting, audience)
    blueprint, found = read_blueprint(path / BLUEPRINT_FILE), exam_results(path, sitting)
    if not len(found.candidates):
        what = _("Nobody is registered for this sitting")
        where = Where(str(path / ROSTER_FILE), item=SITTING_LABELS[sitting])
        raise InputError(Problem(where, what, _("Choose another sitting, or complete the roster")))
    return Bulletin(path, blueprint, found, sitting, audience, _was_simulated(path))


def nearest_bulletin(exam: str = "", sitting: Sitting = "first", audience: Audience = "internal") -> Bulletin | None:
    """Return the bulletin of the exam folder ``exam`` or, if empty, of the nearest marked one; None without any."""
    folder = nearest_exam(exam, holding=MARKS_FILE)
    return open_bulletin(folder, sitting, audience) if folder else None


def render_bulletin(
    folder: Path,
    output: Path,
    person: str,
    *,
    sitting: Sitting = "first",
    audience: Audience = "internal",
    formats: str = "html,docx,pdf",
    settings: Mapping[str, Any] | None = None,
) -> "Rendered":
    """Render the bulletin of a marked exam into ``output`` and record it in the exam's audit log.

    :raises InputError: as :func:`open_bulletin`, before anything is written.
    """
    from govkit.rendering.batch import render
    from govkit.rendering.engine.worker import WorkerSetup

    wanted = _formats(formats)
    setup = WorkerSetup(privacy_check=partial(privacy_check, str(folder.resolve()), sitting))
    (rendered,) = render([bulletin_job(folder, sitting, audience, settings)], output, wanted, setup=setup)
    record_bulletin(folder, person, rendered)
    return rendered


def bulletin_job(
    folder: Path, sitting: Sitting = "first", audience: Audience = "internal", settings: Mapping[str, Any] | None = None
) -> "Job":
    """Return the job that renders a bulletin.

    :param settings: further parameters of the notebook (honours_least, honours_most, resit_absent, issuer, issued).
    :raises InputError: as :func:`open_bulletin`; a setting that is unknown or of the wrong type.
    """
    from govkit.rendering.batch import Job, file_stem
    from govkit.rendering.catalogue import Report, check_parameters

    name = open_bulletin(folder, sitting, audience).blueprint.exam
    report = Report(shipped(TEMPLATE))
    parameters = {"exam": str(folder.resolve()), "sitting": sitting, "audience": audience, **(settings or {})}
    stem = file_stem("成绩通报", name, _STEMS[sitting], "公开" if audience == "public" else "")
    return Job(
        report,
        check_parameters(report, parameters),
        stem,
        labels={"exam": name, "sitting": sitting, "audience": audience},
        input_hashes={file: digest((folder / file).read_bytes()) for file in (BLUEPRINT_FILE, ROSTER_FILE, MARKS_FILE)},
        volatile=frozenset({"exam"}),
    )


def privacy_check(folder: str, sitting: Sitting = "first") -> "PrivacyCheck":
    """Return the privacy check of an exam's public bulletins: no candidate's name; units are ordinary words."""
    from govkit.rendering.privacy.check import PrivacyCheck, ordinary_phrases

    candidates = open_bulletin(folder, sitting).results.candidates
    return PrivacyCheck({"name": candidates["name"].unique()}, {*candidates["unit"].unique(), *ordinary_phrases()})


def record_bulletin(folder: Path, person: str, rendered: "Rendered") -> None:
    """Record a bulletin, rendered or refused for the public, in the exam's audit log; not one already up to date."""
    labels = rendered.job.labels
    if rendered.status == "failed" and labels["audience"] == "public":
        audit.record(folder / AUDIT_FILE, "exam.bulletin_refused", person, stem=rendered.job.stem)
    if rendered.status == "rendered":
        details = {"sitting": labels["sitting"], "audience": labels["audience"], "stem": rendered.job.stem}
        audit.record(folder / AUDIT_FILE, "exam.bulletin", person, **details)


def withheld(units: "pd.DataFrame") -> "pd.Series[bool]":
    """Return the mask of rows of a table by unit that the public may not see in full.

    Those where fewer than :data:`FEWEST` sat; if that is one unit alone, the next smallest too, or the sum would
    give it away.
    """
    own = units["unit"] != ALL_UNITS
    small = own & units["sat"].between(1, FEWEST - 1)
    others = units[own & ~small & (units["sat"] > 0)]
    if int(small.sum()) == 1 and len(others):
        small = small | (units.index == others["sat"].idxmin())
    return small


def _was_simulated(folder: Path) -> bool:
    return any(entry.details.get("reason") == "simulate" for entry in audit.entries(folder / AUDIT_FILE))


def _refuse_unknown(sitting: str, audience: str) -> None:
    problems = [
        Problem(
            Where("result_bulletin", item=name),
            _("“{value}” does not fit {name}").format(value=value, name=name),
            _("Choose one of: {choices}").format(choices="、".join(choices)),
        )
        for name, value, choices in (
            ("sitting", sitting, tuple(SITTING_LABELS)),
            ("audience", audience, ("internal", "public")),
        )
        if value not in choices
    ]
    if problems:
        raise UsageError(problems)


def _formats(asked: str) -> tuple[str, ...]:
    from govkit.rendering.formats import FORMATS

    names = tuple(dict.fromkeys(asked.replace(" ", "").split(",")))
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        what = _("There is no format “{value}”").format(value=unknown[0])
        choices = _("Choose one of: {choices}").format(choices="、".join(FORMATS))
        raise UsageError(Problem(Where("--format", item=unknown[0]), what, choices))
    return names

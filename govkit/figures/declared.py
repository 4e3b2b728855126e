"""What a snapshot holds by name: its ledgers, indicators, places and months, as declarations and as frames."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.figures.engine import Scans
from govkit.figures.lookup import PlaceRegister, find, ledger_names, level_of, listed, measure_names
from govkit.figures.provenance import provenance
from govkit.figures.table import Table
from govkit.institutions import indicators, institutions, ledgers
from govkit.ledgers.commit import Commit
from govkit.ledgers.declare import Ledger, Level
from govkit.ledgers.indicator import Measure, NativeFrames, Ratio
from govkit.ledgers.period import Period
from govkit.ledgers.places import LEVEL_TITLES, Place
from govkit.ledgers.store import Store


class Declared:
    """The ledgers, indicators, places and months of a store as of one version; the base of a snapshot.

    :ivar store: the store that was opened.
    :ivar commit: the version, with its time, its person and its source files.
    :ivar places: the register of places in force; called, it gives a frame of them.
    :ivar frames: ledger code → its rows, shared with every other reader.
    """

    store: Store
    commit: Commit
    places: PlaceRegister
    frames: Mapping[str, pd.DataFrame]
    _scans: Scans | None = None

    @property
    def scans(self) -> NativeFrames:
        """Ledger code → what its figures are counted from: a frame of the engine, or the rows themselves."""
        return self.frames if self._scans is None else self._scans

    @property
    def scanned(self) -> bool:
        """Whether an engine reads only what a figure asks for, so that the rows need not fit into memory."""
        return self._scans is not None

    def ledgers(self) -> Table:
        """Return the ledgers as a frame with Chinese headings, indexed by code.

        :return: the columns 名称, 制度, 类型, 行数, 归属日期, 填报层级, 内容.

        >>> snapshot.ledgers().loc["disputes", ["名称", "类型", "填报层级"]].tolist()
        ['矛盾纠纷台账', '流水', '村']
        """
        rows = {
            ledger.code: (
                ledger.title,
                institution.title,
                "名册" if ledger.standing else "流水",
                self.rows[ledger.code],
                ledger[ledger.dated].title,
                "、".join(LEVEL_TITLES[level] for level in ledger["place"].levels),
                ledger.about,
            )
            for institution in institutions()
            for ledger in institution.ledgers
        }
        return _catalogue(rows, ["名称", "制度", "类型", "行数", "归属日期", "填报层级", "内容"])

    def indicators(self, level: Level | None = None) -> Table:
        """Return the indicators as a frame with Chinese headings, indexed by code.

        :param level: only those that are counted at ``district``, ``township`` or ``village``.
        :return: the columns 名称, 计量单位, 制度, 定义, 分子, 分母, 统计层级, 台账, 又称.
        :raises InputError: there is no such level.

        >>> snapshot.indicators().loc["G6", ["名称", "计量单位", "分子", "分母"]].tolist()
        ['化解率', '%', '化解矛盾纠纷', '排查矛盾纠纷']
        >>> "visitors" in snapshot.indicators("township").index, "visitors" in snapshot.indicators("village").index
        (True, False)
        """
        wanted = level_of(level) if level else None
        rows = {
            measure.code: (
                measure.label,
                measure.unit,
                institution.title,
                measure.definition,
                measure.numerator.label if isinstance(measure, Ratio) else "",
                measure.denominator.label if isinstance(measure, Ratio) else "",
                "、".join(LEVEL_TITLES[one] for one in measure.levels),
                "、".join(ledger.title for ledger in measure.ledgers),
                "、".join(measure.synonyms),
            )
            for institution in institutions()
            for measure in institution.indicators
            if not wanted or wanted in measure.levels
        }
        return _catalogue(rows, ["名称", "计量单位", "制度", "定义", "分子", "分母", "统计层级", "台账", "又称"])

    def declared(self, ledger: str) -> Ledger:
        """Return the declaration of a ledger: its columns, rules and key.

        :param ledger: its code, Chinese name or synonym.
        :raises InputError: there is no such ledger; the nearest names are given.

        >>> snapshot.declared("矛盾纠纷").code
        'disputes'
        """
        names = {code: ledger_names(one) for code, one in ledgers().items()}
        what = _("There is no ledger “{value}”").format(value=ledger)
        return find(ledger, ledgers(), names, what, _("snapshot.ledgers() lists all of them"))

    def measure(self, indicator: str) -> Measure:
        """Return the declaration of an indicator: label, unit, definition, numerator and denominator.

        :param indicator: its code, Chinese name or synonym.
        :raises InputError: there is no such indicator; the nearest names are given.

        >>> snapshot.measure("G6").label, snapshot.measure("化解率").unit
        ('化解率', '%')
        """
        if isinstance(indicator, str) and indicator in indicators():
            return indicators()[indicator]
        names = {code: measure_names(one) for code, one in indicators().items()}
        what = _("There is no indicator “{value}”").format(value=indicator)
        return find(indicator, indicators(), names, what, _("snapshot.indicators() lists all of them"))

    def measures(self, indicators: str | Sequence[str]) -> list[Measure]:
        """Return the declarations of indicators, each once.

        :raises InputError: a problem for each that there is not, or there is none at all.
        """
        found: list[Measure] = []
        problems: list[Problem] = []
        for name in listed(indicators):
            try:
                found.append(self.measure(name))
            except InputError as error:
                problems += error.problems
        if not found and not problems:
            repair = _("Name at least one; snapshot.indicators() lists all of them")
            problems.append(Problem(Where(_("indicator")), _("No indicator is named"), repair))
        if problems:
            raise InputError(problems)
        return list(dict.fromkeys(found))

    def place(self, code_or_name: str = "") -> Place:
        """Return a place by code, name or a form that staff use; the district by default.

        :raises InputError: there is no such place; the nearest names are given.

        >>> snapshot.place("北西尚").code
        'yangmiao-02'
        """
        return self.places.find(code_or_name) if code_or_name else self.places.district

    def units(self, place: str | Sequence[str] = "", by: Level | None = None) -> list[Place]:
        """Return places by name, or the units of a level within them.

        :param place: one or several names; the district by default.
        :param by: ``district``, ``township`` or ``village``: the units of this level within the places.
        :raises InputError: there is no such place or level.

        >>> [unit.name for unit in snapshot.units(["阳庙镇", "宁郭镇"])], len(snapshot.units("阳庙镇", "village"))
        (['阳庙镇', '宁郭镇'], 18)
        """
        found: list[Place] = []
        problems: list[Problem] = []
        for name in listed(place):
            try:
                found.append(self.place(name))
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        if by is not None:
            level = level_of(by)
            found = [unit for one in found for unit in self.places.at(level, one.code)]
        if not found:
            where = Where("、".join(listed(place)) or _("place"))
            raise InputError(Problem(where, _("There are no units of this level here"), _("Choose a larger place")))
        return list(dict.fromkeys(found))

    def month(self, text: str = "") -> Period:
        """Return a month that the ledgers have rows for, the latest by default.

        :param text: a month like ``2015-09``.
        :raises InputError: it is no month, or lies outside the months of the ledgers.

        >>> snapshot.month("2015-09").label
        '2015年9月'
        """
        first, last = self.span
        if text == "":
            return Period.month(last.code)
        period = Period.month(text)
        if not first.start <= period.start <= last.end:
            raise InputError(
                Problem(
                    Where(_("month"), item=text),
                    _("The ledgers hold no rows for {period}").format(period=period.label),
                    _("Choose a month from {first} to {last}, or import the ledgers of that month first").format(
                        first=first.code, last=last.code
                    ),
                )
            )
        return period

    def provenance(self, report: str = "", audience: str = "", **parameters: object) -> list[tuple[str, str]]:
        """Return the origin of a document's figures as pairs of Chinese label and text.

        The pairs give the store's version, the source files with the start of their hashes, the parameters, the hash
        of the report's template and the version of govkit, and the corrections in force where there are any. For the
        public they leave out who imported the ledgers, and count the corrections only.

        :param report: the name of the report whose template and parameters are described.
        :param parameters: the values the report was rendered with.

        >>> [label for label, text in snapshot.provenance("monthly_bulletin", period="2015年9月")]
        ['台账版本', '来源文件', '生成参数', '报告模板', '软件版本']
        """
        corrected = self.store.corrections(commit=self.commit)
        return provenance(self.commit, self.commits, report, audience, parameters, corrections=corrected)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Ledger code → how many rows it holds, as the commits say; no ledger is read."""
        counts = dict.fromkeys(ledgers(), 0)
        for commit in self.commits:
            counts |= {change.ledger: change.rows for change in commit.changes}
        return counts

    @cached_property
    def commits(self) -> list[Commit]:
        """The commits of the store up to this version, oldest first."""
        return [commit for commit in self.store.commits() if commit.version <= self.commit.version]

    @cached_property
    def span(self) -> tuple[Period, Period]:
        """The first and the last month that any journal has a row in.

        :raises InputError: the store holds no rows.
        """
        journals = [ledger for ledger in ledgers().values() if not ledger.standing]
        if self._scans is None:
            ends = [
                (self.frames[one.code][one.dated].min(), self.frames[one.code][one.dated].max()) for one in journals
            ]
        else:
            ends = [self._scans.days(ledger) for ledger in journals]
        known = [pair for pair in ends if not pd.isna(pair[0])]
        if not known:
            raise InputError(
                Problem(
                    Where(self.store.url),
                    _("The store holds no rows yet"),
                    _("Import ledgers with `govkit ledger import`, or look at `govkit demo` first"),
                )
            )
        first, last = min(pair[0] for pair in known), max(pair[1] for pair in known)
        return Period.month(f"{first:%Y-%m}"), Period.month(f"{last:%Y-%m}")


def _catalogue(rows: Mapping[str, Sequence[object]], headings: Sequence[str]) -> Table:
    frame = Table(list(rows.values()), index=pd.Index(list(rows), name="编码", dtype="str"), columns=list(headings))
    return frame.about({}, masks={})

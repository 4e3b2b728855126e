"""A pandas frame that knows the Chinese headings, units and definitions of its columns, and its origin.

:class:`Table` is a :class:`pandas.DataFrame` in every other respect. It writes itself as a workbook that others can
read without asking.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.core.spreadsheet import csv_frame
from govkit.institutions import ledgers
from govkit.ledgers.declare import Ledger, Personal
from govkit.ledgers.dictionary import KIND_TITLES, allowed
from govkit.ledgers.export import Sheet, book_of
from govkit.ledgers.mask import MASKS
from govkit.ledgers.scope import TOWNSHIP

TOWNSHIP_TITLE = "所属乡镇（街道）"
_ABOUT = "说明"
_MOST_ROWS = 1_048_575  # of a sheet, below its heading
Terms = Sequence[tuple[str, str]]


class Table(pd.DataFrame):
    """A pandas frame with Chinese headings, definitions and provenance in ``attrs``; see :meth:`to_excel`.

    >>> table = snapshot.indicator(["G4", "G6"], by="township", periods="2015Q3")
    >>> isinstance(table, pd.DataFrame), table.attrs["labels"]["value"]
    (True, '数值')
    """

    @property
    def _constructor(self) -> Callable[..., "Table"]:
        return Table

    def about(
        self,
        labels: Mapping[str, str],
        *,
        terms: Terms = (),
        origin: Terms = (),
        masks: Mapping[str, str] | None = None,
        units: Mapping[str, str] | None = None,
    ) -> "Table":
        """Keep in ``attrs`` what the columns mean, and return the table itself.

        :param labels: column → Chinese heading.
        :param terms: pairs of term and definition.
        :param origin: pairs of label and text that say what the figures were made from.
        :param masks: column, by code name or heading → the kind of personal data in it; None where it is not known.
        :param units: column → the unit of its numbers.
        """
        self.attrs |= {"labels": dict(labels), "terms": [list(term) for term in terms], "units": dict(units or {})}
        self.attrs |= {"origin": [list(pair) for pair in origin], "masks": None if masks is None else dict(masks)}
        return self

    def labelled(self) -> "Table":
        """Return a copy whose columns bear their Chinese headings.

        >>> snapshot.indicator(["G4"], periods="2015").labelled().columns.tolist()[:4]
        ['时期', '单位编码', '单位', '指标编码']
        """
        return self.rename(columns=self.attrs.get("labels", {}))

    def to_excel(self, path: str | os.PathLike[str], *, personal: bool = False) -> Path:  # type: ignore[misc, override]
        """Write a workbook with Chinese headings, units and column widths, and a sheet 说明 of definitions and origin.

        Text stays text even where it starts like a formula; names, telephone numbers and the like are masked, and
        columns that are not public are hidden.

        :param path: the file to write, ending in ``.xlsx``; an old one is replaced.
        :param personal: write personal data as it is.
        :return: the path.
        :raises InputError: the file is no ``.xlsx``, its folder is missing, or the table has more rows than a sheet.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     snapshot.ledger("disputes").to_excel(f"{folder}/纠纷.xlsx").name
        '纠纷.xlsx'
        """
        target = _target(path, len(self))
        flat = _with_index(self)
        shown = flat if personal else masked_columns(flat, self.attrs.get("masks"))
        shown = shown.rename(columns=self.attrs.get("labels", {}))
        notes = [("个人信息", "未脱敏，只供内部使用" if personal else "姓名、电话等已脱敏，不公开的列以*代替")]
        notes = notes if personal or _personal_in(flat, self.attrs.get("masks")) else []
        about = [*self.attrs.get("terms", []), *self.attrs.get("origin", []), *notes]
        sheets = [Sheet("数据", shown), Sheet(_ABOUT, pd.DataFrame(about, columns=["项目", "内容"]))]
        atomic_write(target, book_of(sheets))
        return target

    def to_csv(self, *arguments: Any, **options: Any) -> str | None:  # type: ignore[override]
        """Write CSV as pandas does, with an apostrophe before each text that a spreadsheet would take for a formula.

        >>> Table({"a": ["=1+1", "甲"]}).to_csv(index=False).splitlines()
        ['a', "'=1+1", '甲']
        """
        written: str | None = csv_frame(pd.DataFrame(self)).to_csv(*arguments, **options)
        return written


def ledger_terms(ledger: Ledger) -> list[tuple[str, str]]:
    """Return a ledger's definition for the sheet 说明: what it is, then each column."""
    titles = {other.code: other.title for other in ledgers().values()}
    kept = "名册" if ledger.standing else "流水"
    about = [
        ("台账", f"{ledger.title}（{ledger.code}），{kept}；归属日期：{ledger[ledger.dated].title}"),
        ("内容", ledger.about),
    ]
    for column in ledger.columns:
        words = [KIND_TITLES[column.kind], allowed(column, titles), column.note]
        about.append((column.heading, "；".join(word for word in words if word)))
    return about


def ledger_masks(ledger: Ledger) -> dict[str, Personal]:
    """Return which columns of a ledger hold personal or private data, by code name and by heading."""
    hidden = {
        column: column.personal or "narrative" for column in ledger.columns if column.personal or not column.public
    }
    return {name: kind for column, kind in hidden.items() for name in (column.name, column.title, column.heading)}


def ledger_labels(ledger: Ledger) -> dict[str, str]:
    """Return code name → Chinese heading of a ledger's columns, the township unit's among them."""
    return {**ledger.labels, TOWNSHIP: TOWNSHIP_TITLE}


def masked_columns(frame: pd.DataFrame, masks: Mapping[str, Personal] | None) -> pd.DataFrame:
    """Return a frame with its personal columns masked.

    :param masks: column → kind of personal data. Where it is not known, every column is masked that bears the name of
        a personal one in any ledger: a frame that lost its origin shows too little rather than too much.
    """
    kinds = _personal_in(frame, masks)
    shown = frame.copy()
    for name, kind in kinds.items():
        shown[name] = shown[name].astype("object").map(lambda cell, kind=kind: _masked(cell, kind))
    return shown


def _masked(cell: Any, kind: Personal) -> Any:
    return cell if pd.api.types.is_scalar(cell) and pd.isna(cell) else MASKS[kind](str(cell))


def _personal_in(frame: pd.DataFrame, masks: Mapping[str, Personal] | None) -> dict[str, Personal]:
    known = _every_mask() if masks is None else masks
    return {name: known[name] for name in frame.columns if name in known}


@cache
def _every_mask() -> dict[str, Personal]:
    return {name: kind for ledger in ledgers().values() for name, kind in ledger_masks(ledger).items()}


def _with_index(table: pd.DataFrame) -> pd.DataFrame:
    """Return a plain frame with its index as first columns and one line of headings; a mere row number is left out."""
    flat = pd.DataFrame(table)
    units = table.attrs.get("units", {})
    flat.columns = pd.Index([_heading(name, units) for name in table.columns], dtype="object")
    if isinstance(table.index, pd.RangeIndex) and table.index.name is None:
        return flat
    levels = [name if name is not None else f"索引{at}" for at, name in enumerate(table.index.names, 1)]
    index = table.index.to_frame(index=False)
    index.columns = pd.Index(levels, dtype="object")
    return pd.concat([index, flat.reset_index(drop=True)], axis=1)


def _heading(name: Any, units: Mapping[str, str]) -> str:
    words = [str(word) for word in (name if isinstance(name, tuple) else (name,))]
    return " · ".join(f"{word}（{units[word]}）" if word in units else word for word in words)


def _target(path: str | os.PathLike[str], rows: int) -> Path:
    try:
        target = Path(path)
    except TypeError:
        target = Path()
    problems = []
    if target.suffix.lower() != ".xlsx":
        what = _("“{value}” is no name of a workbook").format(value=path)
        problems.append(Problem(Where(str(path)), what, _("Write a file name that ends in .xlsx")))
    elif not target.parent.is_dir():
        what = _("There is no folder “{value}”").format(value=target.parent)
        problems.append(Problem(Where(str(path)), what, _("Create the folder first, or write into another one")))
    if rows > _MOST_ROWS:
        what = _("{count} rows are more than a sheet holds").format(count=rows)
        problems.append(Problem(Where(str(path)), what, _("Choose fewer rows, or write CSV with to_csv")))
    if problems:
        raise InputError(problems)
    return target

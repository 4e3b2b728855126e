"""A pandas frame that knows the Chinese headings, units and definitions of its columns, and its origin.

:class:`Table` is a :class:`pandas.DataFrame` in every other respect. It writes itself as a workbook that others can
read without asking.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_integer_dtype

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
_SHEET_NAME = re.compile(r"[^\[\]:*?/\\]{1,31}")
_MOST_ROWS = 1_048_575  # of a sheet, below its heading
_NAMED, _LISTED = ("labels", "units"), ("terms", "origin")  # in attrs: by column, and as pairs
_JOINED = ("_x", "_y")  # what pandas adds to the names of columns that both frames of a merge have
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

    @property
    def _constructor_sliced(self) -> "Callable[..., TableColumn]":
        return TableColumn

    def __finalize__(self, other: Any, method: str | None = None, **kwargs: Any) -> "Table":
        """Keep what is known of the columns; a table joined from others knows what each of them knew."""
        super().__finalize__(other, method, **kwargs)  # type: ignore[misc]
        inputs = list(getattr(other, "input_objs", ()))
        told = [frame.attrs for frame in inputs if "labels" in frame.attrs]
        if told and not self.attrs:
            joined = {name: {key: word for attrs in told for key, word in attrs[name].items()} for name in _NAMED}
            listed = {name: [pair for attrs in told for pair in attrs[name]] for name in _LISTED}
            self.attrs |= joined | {name: _each_once(pairs) for name, pairs in listed.items()}
            known = [attrs["masks"] for attrs in told if attrs["masks"] is not None]
            whole = len(known) == len(inputs)
            self.attrs["masks"] = {key: kind for masks in known for key, kind in masks.items()} if whole else None
        return self

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

    def to_excel(  # type: ignore[misc, override]
        self,
        path: str | os.PathLike[str],
        sheet_name: str = "数据",
        *,
        index: bool | None = None,
        personal: bool = False,
    ) -> Path:
        """Write a workbook with Chinese headings, units and column widths, and a sheet 说明 of definitions and origin.

        Text stays text even where it starts like a formula; names, telephone numbers and the like are masked, and
        columns that are not public are hidden.

        :param path: the file to write, ending in ``.xlsx``; an old one is replaced.
        :param sheet_name: the name of the sheet with the rows.
        :param index: write the index as first columns; by default unless it is mere row numbers.
        :param personal: write personal data as it is.
        :return: the path.
        :raises InputError: the file is no ``.xlsx``, its folder is missing, the name is none for a sheet, or the table
            has more rows than a sheet.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     snapshot.ledger("disputes").to_excel(f"{folder}/纠纷.xlsx").name
        '纠纷.xlsx'
        """
        target = _target(path, sheet_name, len(self))
        flat = _flat(self, with_index=index, personal=personal)
        shown = flat if personal else masked_columns(flat, self.attrs.get("masks"))
        shown = shown.rename(columns=self.attrs.get("labels", {}))
        notes = [("个人信息", "未脱敏，只供内部使用" if personal else "姓名、电话等已脱敏，不公开的列以*代替")]
        notes = notes if personal or _personal_in(flat, self.attrs.get("masks")) else []
        about = [*self.attrs.get("terms", []), *self.attrs.get("origin", []), *notes]
        sheets = [Sheet(sheet_name, shown), Sheet(_ABOUT, pd.DataFrame(about, columns=["项目", "内容"]))]
        atomic_write(target, book_of(sheets))
        return target

    def to_csv(self, *arguments: Any, **options: Any) -> str | None:  # type: ignore[override]
        """Write CSV as pandas does, with an apostrophe before each text that a spreadsheet would take for a formula.

        >>> Table({"a": ["=1+1", "甲"]}).to_csv(index=False).splitlines()
        ['a', "'=1+1", '甲']
        """
        written: str | None = csv_frame(pd.DataFrame(self)).to_csv(*arguments, **options)
        return written


class TableColumn(pd.Series):
    """A column or row of a :class:`Table`, so that what is made from it is a table again."""

    @property
    def _constructor(self) -> "Callable[..., TableColumn]":
        return TableColumn

    @property
    def _constructor_expanddim(self) -> Callable[..., Table]:
        return Table

    def value_counts(self, *args: Any, **kwargs: Any) -> "TableColumn":
        """Return the counts of the values as pandas does, as a column of a table."""
        counts = TableColumn(super().value_counts(*args, **kwargs))
        counts.attrs = dict(self.attrs)
        return counts

    def to_excel(self, path: str | os.PathLike[str], sheet_name: str = "数据", **options: Any) -> Path:  # type: ignore[misc, override]
        """Write a workbook of one column; see :meth:`Table.to_excel`, whose options it has."""
        table: Any = self.to_frame()
        written: Path = table.to_excel(path, sheet_name, **options)
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
    shown = frame
    columns = [
        shown.iloc[:, at].astype("object").map(lambda cell, kind=kinds[name]: _masked(cell, kind))
        if name in kinds
        else shown.iloc[:, at]
        for at, name in enumerate(shown.columns)
    ]
    return pd.concat(columns, axis=1) if columns else shown


def _masked(cell: Any, kind: Personal) -> Any:
    return cell if pd.api.types.is_scalar(cell) and pd.isna(cell) else MASKS[kind](str(cell))


def _personal_in(frame: pd.DataFrame, masks: Mapping[str, Personal] | None) -> dict[str, Personal]:
    known = _every_mask() if masks is None else masks
    kinds = {name: known.get(name) or known.get(_unjoined(name)) for name in frame.columns if isinstance(name, str)}
    return {name: kind for name, kind in kinds.items() if kind}


def _unjoined(name: str) -> str:
    return next((name.removesuffix(ending) for ending in _JOINED if name.endswith(ending)), name)


def _each_once(pairs: Sequence[list[str]]) -> list[list[str]]:
    return [list(pair) for pair in dict.fromkeys(map(tuple, pairs))]


@cache
def _every_mask() -> dict[str, Personal]:
    return {name: kind for ledger in ledgers().values() for name, kind in ledger_masks(ledger).items()}


def _flat(table: pd.DataFrame, *, with_index: bool | None, personal: bool) -> pd.DataFrame:
    """Return a plain frame with its index as first columns and one line of headings.

    :param with_index: None leaves the index out where it is mere row numbers.
    """
    flat = pd.DataFrame(table)
    units = table.attrs.get("units", {})
    names = list(table.columns) if personal else _masked_names(table)
    flat.columns = pd.Index([_heading(name, units) for name in names], dtype="object")
    numbers = table.index.nlevels == 1 and table.index.name is None and is_integer_dtype(table.index.dtype)
    if with_index is False or (with_index is None and numbers):
        return flat.reset_index(drop=True)
    levels = [name if name is not None else f"索引{at}" for at, name in enumerate(table.index.names, 1)]
    index = table.index.to_frame(index=False)
    index.columns = pd.Index(levels, dtype="object")
    return pd.concat([index, flat.reset_index(drop=True)], axis=1)


def _masked_names(table: pd.DataFrame) -> list[Any]:
    """Return the names of the columns, masked where they are values of a personal column that became headings."""
    levels = table.columns.to_frame(index=False)
    levels.columns = pd.Index([str(name) for name in table.columns.names], dtype="object")
    shown = masked_columns(levels, table.attrs.get("masks"))
    return list(shown.itertuples(index=False, name=None)) if len(levels.columns) > 1 else shown.iloc[:, 0].tolist()


def _heading(name: Any, units: Mapping[str, str]) -> str:
    words = [str(word) for word in (name if isinstance(name, tuple) else (name,))]
    return " · ".join(f"{word}（{units[word]}）" if word in units else word for word in words)


def _target(path: str | os.PathLike[str], sheet: object, rows: int) -> Path:
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
    if not isinstance(sheet, str) or not _SHEET_NAME.fullmatch(sheet) or sheet == _ABOUT:
        what = _("“{value}” cannot be the name of the sheet").format(value=sheet)
        repair = _("Write at most 31 characters, none of []:*?/\\, and not {taken}").format(taken=_ABOUT)
        problems.append(Problem(Where("sheet_name", item=str(sheet)), what, repair))
    if rows > _MOST_ROWS:
        what = _("{count} rows are more than a sheet holds").format(count=rows)
        problems.append(Problem(Where(str(path)), what, _("Choose fewer rows, or write CSV with to_csv")))
    if problems:
        raise InputError(problems)
    return target

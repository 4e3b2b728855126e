"""Question banks in other programs' formats: one module a format, each with the same two functions.

::

    read(path) -> tuple[Bank, list[Problem]]    # what could be read, all that is wrong
    write(bank, path) -> list[Problem]          # what the format cannot hold

Files are taken as hostile: sizes and counts are capped, XML has no entities, HTML is cut to a safe set.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from govkit.core.errors import Problem, UsageError, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank, bank_files, read_bank, save_bank
from govkit.exams.bank.formats import (
    aiken,
    gift,
    moodle_read,
    moodle_write,
    qti_read,
    qti_write,
    text_read,
    word_read,
    xlsx_read,
    xlsx_write,
)
from govkit.exams.bank.formats.limits import read_bytes, read_text
from govkit.exams.bank.formats.settled import beside, read_settled, settling
from govkit.exams.bank.import_report import ImportReport, report_of
from govkit.exams.bank.returned import returned


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its reader, its writer and the endings of its files."""

    read: Callable[[Path], tuple[Bank, list[Problem]]]
    write: Callable[[Bank, Path], list[Problem]]
    endings: tuple[str, ...]


def _unwritable(_bank: Bank, path: Path) -> list[Problem]:
    what = _("texts and Word files are read, not written")
    raise UsageError(Problem(Where(str(path)), what, _("choose another format, such as .xlsx")))


def _save(bank: Bank, path: Path) -> list[Problem]:
    save_bank(bank, path)
    return []


FORMATS: dict[str, Format] = {
    "yaml": Format(read_bank, _save, (".yaml", ".yml", "")),
    "gift": Format(gift.read, gift.write, (".gift",)),
    "aiken": Format(aiken.read, aiken.write, (".aiken", ".txt")),
    "moodle": Format(moodle_read.read, moodle_write.write, (".xml",)),
    "xlsx": Format(xlsx_read.read, xlsx_write.write, (".xlsx", ".csv")),
    "qti3": Format(qti_read.read, partial(qti_write.write, dialect=qti_write.V30), (".qti3.zip",)),
    "qti2.1": Format(qti_read.read, partial(qti_write.write, dialect=qti_write.V21), (".qti21.zip",)),
    "qti2.2": Format(qti_read.read, partial(qti_write.write, dialect=qti_write.V22), (".zip",)),
}
"""The formats that are read and written, by name; an ending selects the first format that has it."""
READ_ONLY: dict[str, Format] = {
    "text": Format(text_read.read, _unwritable, ()),
    "xls": Format(xlsx_read.read, _unwritable, (".xls",)),
    "word": Format(word_read.read, _unwritable, (".docx", ".docm", ".doc")),
}
"""Texts as people write them, which are only read."""
NAMED = FORMATS | READ_ONLY
"""All formats, by name."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a bank is converted.

    :ivar skip_bad: write the questions that are right although others are wrong.
    :ivar force: replace a file of the target's name.
    :ivar prefix: number the questions anew, as ``prefix-1``, ``prefix-2``.
    """

    source_format: str | None = None
    target_format: str | None = None
    skip_bad: bool = False
    force: bool = False
    prefix: str = ""


def convert(
    source: Path, target: Path, from_: str | None = None, to: str | None = None, *, how: Conversion | None = None
) -> list[Problem]:
    """Convert ``source`` to ``target`` and return warnings: doubtful input, and what the target format cannot hold.

    Formats follow the names' endings (and a text's content), or are named. Raises
    :class:`~govkit.core.errors.InputError` and writes nothing if anything read is wrong;
    :class:`~govkit.core.errors.UsageError` for an unknown format or a target that is the source or is there already.
    """
    report = import_bank(source, target, how or Conversion(from_, to))
    return [*report.problems, *report.losses]


def import_bank(source: Path, target: Path, how: Conversion | None = None) -> ImportReport:
    """Convert as :func:`convert` does, and return what became of each question.

    With ``skip_bad`` the questions that are right are written, and the source comes back beside the target as a copy
    in which each refused question is marked.

    :raises InputError: nothing is right, or anything is wrong and ``skip_bad`` is not set; nothing is written then.
    """
    how = how or Conversion()
    writer = format_named(how.target_format) if how.target_format else _by_ending(target)
    if writer in READ_ONLY.values():
        _unwritable(Bank(()), target)
    _check_target(source, target, how.force)
    report = examine(source, how.source_format)
    if how.prefix:
        report = report.renumbered(how.prefix)
    good = report.good()
    taken = _taken(good, target) if how.target_format in {None, "yaml"} else []
    if not len(good) or taken or (report.errors() and not how.skip_bad):
        refuse([*report.problems, *taken, *([] if report.items or report.errors() else [_empty(source)])])
    report = replace(report, losses=tuple(writer.write(good, target)))
    return returned(report, target.parent) if report.errors() else report


def examine(source: Path, from_: str | None = None) -> ImportReport:
    """Return what becomes of each question of a file; nothing is written."""
    reader = format_named(from_) if from_ else format_of(source)
    with settling(read_settled(beside(source))):
        bank, problems = reader.read(source)
    return report_of(source, bank, problems)


def _check_target(source: Path, target: Path, force: bool) -> None:
    where = Where(str(target))
    if source.resolve() == target.resolve():
        raise UsageError(Problem(where, _("is the source itself"), _("name another file")))
    if not target.parent.is_dir():
        raise UsageError(Problem(Where(str(target.parent)), _("there is no such folder"), _("make it first")))
    if target.is_file() and not force:
        raise UsageError(Problem(where, _("is there already"), _("name another file, or add --force")))


def _empty(source: Path) -> Problem:
    return Problem(Where(str(source)), _("no questions in it"), _("name a file with questions"))


def _taken(bank: Bank, target: Path) -> list[Problem]:
    """Return a problem for ids that another file of the target's folder has."""
    if target.suffix.lower() not in {".yaml", ".yml"}:
        return []
    others = [file for file in bank_files(target.parent) if file.resolve() != target.resolve()]
    known = {question.id: file for file in others for question in read_bank(file)[0]}
    twice = [question.id for question in bank if question.id in known]
    if not twice:
        return []
    what = _("{file} has questions of these ids: {ids}")
    shown = what.format(file=known[twice[0]], ids=", ".join(twice[:5]))
    return [Problem(Where(str(target)), shown, _("number them anew: --prefix, then a word"))]


def read(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the bank of a file of any format, and its problems."""
    return format_of(path).read(path)


def format_named(name: str) -> Format:
    """Return the format of a name; raise :class:`~govkit.core.errors.UsageError` if there is none."""
    if name not in NAMED:
        what = _("unknown format “{name}”").format(name=name)
        raise UsageError(Problem(Where(name), what, _("use one of {known}").format(known=", ".join(NAMED))))
    return NAMED[name]


def format_of(path: Path) -> Format:
    """Return the format of a file to read; a ``.txt`` and an ``.xml`` by what they hold."""
    if path.suffix.lower() == ".txt" and path.is_file():
        return NAMED[_text_format(read_text(path))]
    if path.suffix.lower() == ".xml" and path.is_file() and _ITEM.search(read_bytes(path)[:4000]):
        return NAMED["qti2.1"]
    return _by_ending(path)


_ITEM = re.compile(rb"<(?:\w+:)?(?:assessmentItem|qti-assessment-item)\b")


def _text_format(text: str) -> str:
    if re.search(r"^\s*ANSWER:\s*[A-Z]", text, re.MULTILINE):
        return "aiken"
    return (
        "gift" if re.search(r"^\s*::|\{[^}]*[=~#][^}]*\}|\{\s*(?:T|F|TRUE|FALSE)?\s*\}", text, re.MULTILINE) else "text"
    )


def _by_ending(path: Path) -> Format:
    name = path.name.lower()
    for form in NAMED.values():
        if any(name.endswith(ending) if ending else not path.suffix for ending in form.endings):
            return form
    what = _("its ending names no format")
    known = ", ".join(ending for form in NAMED.values() for ending in form.endings if ending)
    raise UsageError(Problem(Where(str(path)), what, _("use one of {known}").format(known=known)))

"""Question banks in other programs' formats: one module a format, each with the same two functions.

::

    read(path) -> tuple[Bank, list[Problem]]    # what could be read, all that is wrong
    write(bank, path) -> list[Problem]          # what the format cannot hold

Files are taken as hostile: sizes and counts are capped, XML has no entities, HTML is cut to a safe set.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from govkit.core.errors import Problem, UsageError, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank, read_bank, save_bank
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
from govkit.exams.bank.formats.limits import read_text


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
    "word": Format(word_read.read, _unwritable, (".docx", ".docm", ".doc")),
}
"""Texts as people write them, which are only read."""
NAMED = FORMATS | READ_ONLY
"""All formats, by name."""


def convert(source: Path, target: Path, from_: str | None = None, to: str | None = None) -> list[Problem]:
    """Convert ``source`` to ``target`` and return warnings: doubtful input, and what the target format cannot hold.

    Formats follow the names' endings (and a text's content), or are named. Raises
    :class:`~govkit.core.errors.InputError` and writes nothing if anything read is wrong;
    :class:`~govkit.core.errors.UsageError` for an unknown format or a target that is the source.
    """
    reader = format_named(from_) if from_ else format_of(source)
    writer = format_named(to) if to else _by_ending(target)
    if source.resolve() == target.resolve():
        raise UsageError(Problem(Where(str(target)), _("is the source itself"), _("name another file")))
    if not target.parent.is_dir():
        raise UsageError(Problem(Where(str(target.parent)), _("there is no such folder"), _("make it first")))
    bank, problems = reader.read(source)
    if not len(bank):
        problems.append(Problem(Where(str(source)), _("no questions in it"), _("name a file with questions")))
    refuse(problems)
    return problems + writer.write(bank, target)


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
    """Return the format of a file to read; a ``.txt`` is Aiken by its answer lines, GIFT by its braces, else text."""
    if path.suffix.lower() == ".txt" and path.is_file():
        return NAMED[_text_format(read_text(path))]
    return _by_ending(path)


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

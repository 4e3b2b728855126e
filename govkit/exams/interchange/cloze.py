r"""Blanks inside a stem as Moodle's cloze fields: ``{1:SHORTANSWER:=first~=second}``."""

import re
from html import unescape

from govkit.exams.flaws import BLANK
from govkit.i18n import gettext as _

Blanks = tuple[tuple[str, ...], ...]

_FIELD = re.compile(r"\{\d*:(\w+):((?:\\.|[^}\\])*)\}", re.DOTALL)
_TEXTUAL = {"SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"}
_SPECIAL = re.compile(r'([\\}~#/"{=:%])')


def field(accepted: tuple[str, ...]) -> str:
    """Return the field of one blank."""
    answers = "~".join("=" + _SPECIAL.sub(r"\\\1", text) for text in accepted)
    return f"{{1:SHORTANSWER:{answers}}}"


def read(stem: str) -> tuple[str, Blanks]:
    """Return an HTML stem with its fields as blanks, and what each accepts; ValueError for fields that are no text."""
    blanks: list[tuple[str, ...]] = []
    for kind, body in _FIELD.findall(stem):
        if kind.upper() not in _TEXTUAL:
            raise ValueError(_("a cloze field of type “{type}” is not read").format(type=kind))
        blanks.append(tuple(_accepted(body)))
    return _FIELD.sub(BLANK, stem), tuple(blanks)


def _accepted(body: str) -> list[str]:
    answers = re.split(r"(?<!\\)~", body.replace("\\\\", "\ue000"))
    right = [re.sub(r"^%100%", "=", answer) for answer in answers]
    texts = [re.split(r"(?<!\\)#", answer[1:])[0] for answer in right if answer.startswith("=")]
    return [unescape(re.sub(r"\\(.)", r"\1", text).replace("\ue000", "\\")).strip() for text in texts]

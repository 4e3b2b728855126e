"""Plain text, JSON and notebooks."""

import json
from collections.abc import Iterator
from typing import Any

from govkit.i18n import gettext as _
from govkit.reports.opened.markup import html
from govkit.reports.opened.part import Part, Unreadable

_SKIPPED = ("image/png", "image/jpeg", "image/gif")


def decoded(content: bytes) -> str:
    """Return text that is UTF-8, UTF-16 with its mark, or GB18030; anything else is unreadable."""
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            words = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in words:
            return words
    raise Unreadable(_("the text is neither UTF-8 nor GB18030"), _("Save it as UTF-8"))


def text(content: bytes) -> Iterator[Part]:
    """Yield plain text, CSV or Markdown."""
    yield Part(_("text"), decoded(content))


def json_text(content: bytes) -> Iterator[Part]:
    """Yield every text and number of a JSON file, each under the names that lead to it."""
    yield from _leaves(_loaded(content), "")


def notebook(content: bytes) -> Iterator[Part]:
    """Yield every text of a notebook: cells, parameters, outputs, metadata, attachments."""
    found = _loaded(content)
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise _not_json()
    for number, cell in enumerate(found["cells"], 1):
        place = _("cell {number}").format(number=number)
        yield from (Part(place, part.text, part.kind) for part in _leaves(cell, ""))
        for output in cell.get("outputs", []) if isinstance(cell, dict) else []:
            shown = "".join(output.get("data", {}).get("text/html", "")) if isinstance(output, dict) else ""
            if shown:
                yield from (Part(place, part.text, part.kind) for part in html(shown.encode()))
    yield from (Part(_("metadata"), part.text, "about") for part in _leaves(found.get("metadata", {}), ""))


def _loaded(content: bytes) -> Any:
    try:
        return json.loads(decoded(content))
    except ValueError as error:
        raise _not_json() from error


def _not_json() -> Unreadable:
    return Unreadable(_("the file is no well-formed JSON"), _("Save it again from the program that made it"))


def _leaves(value: Any, place: str) -> Iterator[Part]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield Part(place, str(name), "about")
            if name in _SKIPPED:
                yield Part(place, "", "picture")
            else:
                yield from _leaves(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list):
        if value and all(isinstance(inner, str) for inner in value):
            yield Part(place, "".join(value))  # lines of a cell
        else:
            for inner in value:
                yield from _leaves(inner, place)
    elif value is not None and not isinstance(value, bool):
        yield Part(place, str(value))

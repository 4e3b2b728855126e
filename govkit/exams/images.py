"""Pictures carried with questions: which are taken, and reading them from beside a bank."""

from pathlib import Path

from govkit.errors import Problem, Where
from govkit.exams.markup import good_image_name
from govkit.exams.question import Image
from govkit.i18n import gettext as _

MAX_IMAGE = 2_000_000
"""Bytes of one picture."""

_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


def load_image(folder: Path, name: str, where: Where) -> tuple[Image | None, list[Problem]]:
    """Return the picture ``name`` of a folder, or None and what is wrong; never a file outside the folder."""
    if not good_image_name(name):
        return None, [_refused(where, name)]
    try:
        with (folder / name).open("rb") as file:
            data = file.read(MAX_IMAGE + 1)
    except OSError:
        what = _("the picture “{name}” is missing").format(name=name)
        return None, [Problem(where, what, _("put it beside the bank"))]
    return checked_image(name, data, where)


def checked_image(name: str, data: bytes, where: Where) -> tuple[Image | None, list[Problem]]:
    """Return a picture whose name, size and first bytes are those of a PNG, JPEG or GIF, or None and what is wrong."""
    media_type = next((kind for begin, kind in _SIGNATURES.items() if data.startswith(begin)), None)
    if media_type is None or not good_image_name(name):
        return None, [_refused(where, name)]
    if len(data) > MAX_IMAGE:
        what = _("the picture “{name}” is larger than {limit} bytes").format(name=name, limit=MAX_IMAGE)
        return None, [Problem(where, what, _("make it smaller"))]
    return Image(name, media_type, data), []


def _refused(where: Where, name: str) -> Problem:
    what = _("“{name}” is no PNG, JPEG or GIF picture").format(name=name)
    return Problem(where, what, _("use one of these kinds and a plain file name"))

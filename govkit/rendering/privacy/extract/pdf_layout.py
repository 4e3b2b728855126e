"""PDF as it is drawn: the text in the order of its places on the page, and letters drawn as other letters.

A file can say one thing and show another: a font may draw 王 where its text says 公. Each letter of a page is therefore
drawn and compared with the same letter in a font of ours. Fonts differ in weight and style, so only a font of which
several letters look like nothing of the kind is refused.
"""

import ctypes
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from govkit.core.i18n import gettext as _
from govkit.rendering.privacy.extract.part import Part, Unreadable

_SCALE = 4.0
_SIDE = 24
_LEAST_SIZE = 4.0
_ALIKE = 0.42
"""The correlation from which on two drawings show the same letter."""
_MOST_COMPARED = 1_500


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of a page: what the text says, the name of its font, and its box in points."""

    said: str
    font: str
    left: float
    bottom: float
    right: float
    top: float


def layout(content: bytes) -> Iterator[Part]:
    """Yield the text of every page along its lines and down its columns.

    :raises Unreadable: a font draws other letters than its text says.
    """
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    compared: dict[str, dict[str, float]] = defaultdict(dict)
    try:
        for number in range(len(document)):
            page = document[number]
            place = _("page {number}").format(number=number + 1)
            textpage = page.get_textpage()
            letters = list(_letters(textpage))
            yield Part(place, textpage.get_text_range())
            yield Part(place, _along_lines(letters))
            yield Part(place, _down_columns(letters), "column")
            _compare(page, letters, compared)
            _refuse_other_letters(place, compared)
    finally:
        document.close()


def drawn_page(content: bytes, number: int) -> bytes:
    """Return a page, by its number from 0, as a PNG file."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    try:
        buffer = io.BytesIO()
        document[number].render(scale=2.0).to_pil().save(buffer, "PNG")
        return buffer.getvalue()
    finally:
        document.close()


def _letters(textpage: Any) -> Iterator[Letter]:
    from pypdfium2 import raw

    name = ctypes.create_string_buffer(256)
    flags = ctypes.c_int()
    for index in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(textpage, index)
        if code <= 32 or code == 0xFFFE:
            continue
        left, bottom, right, top = textpage.get_charbox(index)
        length = raw.FPDFText_GetFontInfo(textpage, index, name, 256, ctypes.byref(flags))
        font = name.raw[: max(0, length - 1)].decode("utf-8", "replace")
        yield Letter(chr(code), font, left, bottom, right, top)


def _along_lines(letters: list[Letter]) -> str:
    """Return the text in the order in which it stands on the page, line by line."""
    lines: dict[int, list[Letter]] = defaultdict(list)
    for letter in letters:
        lines[round((letter.bottom + letter.top) / 2 / 6)].append(letter)
    said = []
    for _height, line in sorted(lines.items(), reverse=True):
        line.sort(key=lambda one: one.left)
        words = ""
        for before, letter in zip([None, *line], line, strict=False):
            apart = before is not None and letter.left - before.right > max(2.0, (letter.top - letter.bottom) * 0.8)
            words += (" " if apart else "") + letter.said
        said.append(words)
    return "\n".join(said)


def _down_columns(letters: list[Letter]) -> str:
    columns: dict[int, list[Letter]] = defaultdict(list)
    for letter in letters:
        columns[round(letter.left / 8)].append(letter)
    return "\n\n".join(
        "\n".join(one.said for one in sorted(column, key=lambda one: -one.top))
        for _left, column in sorted(columns.items())
    )


def _compare(page: Any, letters: list[Letter], compared: dict[str, dict[str, float]]) -> None:
    """Add, for each font and each letter that it has not been asked for yet, how like ours it is drawn."""
    wanted: dict[tuple[str, str], Letter] = {}
    for letter in letters:
        big = min(letter.right - letter.left, letter.top - letter.bottom) >= _LEAST_SIZE
        if big and letter.said not in compared[letter.font] and letter.said.isalnum():
            wanted.setdefault((letter.font, letter.said), letter)
    if not wanted or sum(map(len, compared.values())) > _MOST_COMPARED:
        return
    picture = np.asarray(page.render(scale=_SCALE, grayscale=True).to_pil(), dtype=np.float32)
    height = page.get_height()
    for (font, said), letter in wanted.items():
        reference = _reference(said)
        box = picture[
            max(0, int((height - letter.top) * _SCALE) - 1) : int((height - letter.bottom) * _SCALE) + 2,
            max(0, int(letter.left * _SCALE) - 1) : int(letter.right * _SCALE) + 2,
        ]
        drawn = _normal(box)
        if reference is not None and drawn is not None:
            compared[font][said] = max(float((drawn * one).sum()) for one in reference)


def _refuse_other_letters(place: str, compared: dict[str, dict[str, float]]) -> None:
    for font, likeness in compared.items():
        unlike = [said for said, like in likeness.items() if like < _ALIKE]
        if len(unlike) >= 2 and len(unlike) >= len(likeness) * 0.08:
            what = _("the font {name} draws other letters than the text says").format(
                name=font.rpartition("+")[2] or "?"
            )
            raise Unreadable(what, _("Export it again with its fonts, or publish it as .docx or .html"), place)


@cache
def _reference(said: str) -> tuple[Any, ...] | None:
    """Return a letter drawn by fonts of ours, None if none of them has it."""
    from PIL import Image, ImageDraw, ImageFont

    from govkit.rendering.fonts import chain, characters

    drawn = []
    for face in dict.fromkeys((*chain("body"), *chain("chart"))):
        if ord(said) not in characters(face.path, face.index):
            continue
        font = ImageFont.truetype(str(face.path), 96, index=face.index)
        picture = Image.new("L", (192, 192), 255)
        ImageDraw.Draw(picture).text((40, 30), said, font=font, fill=0)
        normal = _normal(np.asarray(picture, dtype=np.float32))
        if normal is not None:
            drawn.append(normal)
    return tuple(drawn) or None


def _normal(picture: Any) -> Any:
    """Return a drawing cut to its ink, in a square of one size, with mean 0 and length 1; None for no drawing."""
    from PIL import Image

    if picture.size == 0:
        return None
    ink = 255 - picture if picture.mean() > 127 else picture
    ink = np.where(ink > 60, ink, 0)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if len(rows) < 4 or len(columns) < 2:
        return None
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(cut.shape)
    square = np.zeros((side, side), dtype=np.float32)
    top, left = (side - cut.shape[0]) // 2, (side - cut.shape[1]) // 2
    square[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    small = np.asarray(
        Image.fromarray(square.astype(np.uint8)).resize((_SIDE, _SIDE), Image.Resampling.BOX), dtype=np.float32
    )
    flat = small - small.mean()
    length = float(np.sqrt((flat**2).sum()))
    return flat / length if length > 0 else None

"""What of an executed notebook enters the report: blocks, pictures and written markdown, never code or streams."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from struct import unpack_from
from typing import Any

from govkit.errors import Fault, Problem, Where
from govkit.i18n import gettext as _
from govkit.reports.literal import in_markdown, plain

TEXT_WIDTH_MM = 156.0
_SCREEN_DPI = 96
_LEFT_OUT = {"remove_cell", "remove-cell", "remove_output", "remove-output", "notes"}
_PNG = b"\x89PNG\r\n\x1a\n"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure: PNG bytes, SVG bytes where there are some, words for those who do not see it, its printed width."""

    name: str
    png: bytes
    svg: bytes
    alt: str
    width_mm: float


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the report: its markdown, the number of the cell it came from (from 1), and its picture if any."""

    cell: int
    markdown: str
    picture: Picture | None = None


def pieces(nb: Any, name: str) -> list[Piece]:
    """Return the pieces of an executed notebook in order; a cell that failed is a Fault."""
    found: list[Piece] = []
    for number, cell in enumerate(nb.cells, 1):
        if _LEFT_OUT & set(cell.metadata.get("tags", [])):
            continue
        if cell.cell_type == "markdown":
            found.append(Piece(number, str(cell.source)))
        elif cell.cell_type == "code":
            found.extend(_outputs(cell, number, name, len([piece for piece in found if piece.picture])))
    return found


def _outputs(cell: Any, number: int, name: str, pictures: int) -> Iterator[Piece]:
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            raise _failed(output, number, name)
        if output.output_type not in {"display_data", "execute_result"}:
            continue
        if "text/markdown" in output.data:
            yield Piece(number, _joined(output.data["text/markdown"]))
        elif "image/png" in output.data:
            pictures += 1
            picture = _picture(output, f"figure{pictures}", Where(name, _("cell {number}").format(number=number)))
            caption = plain(output.metadata.get("govkit", {}).get("caption", ""))
            yield Piece(
                number, f'::::: {{.gk-figure name="{picture.name}"}}\n\n{in_markdown(caption)}\n\n:::::', picture
            )


def _picture(output: Any, name: str, where: Where) -> Picture:
    about: Mapping[str, Any] = output.metadata.get("govkit", {})
    png = _decoded(_joined(output.data["image/png"]))
    if not png.startswith(_PNG) or len(png) < 24:
        raise Fault(Problem(where, _("the picture is not a PNG file"), _("Draw the chart again")))
    width, height = unpack_from(">II", png, 16)
    if not width or not height or (not about and _is_blank(png, where)):
        raise Fault(Problem(where, _("the picture is empty"), _("Draw the chart again")))
    natural = float(about.get("width_mm") or width / _SCREEN_DPI * 25.4)
    svg = _joined(output.data.get("image/svg+xml", "")).encode() if about else b""
    return Picture(name, png, svg, plain(about.get("alt", "")) or "图", min(natural, TEXT_WIDTH_MM))


def _is_blank(png: bytes, where: Where) -> bool:
    """Return whether a picture of another maker is one colour all over; ours have been checked when drawn."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(png)) as image:
            extremes: Any = image.convert("RGB").getextrema()
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise Fault(Problem(where, _("the picture is not a PNG file"), _("Draw the chart again"))) from error
    return all(low == high for low, high in extremes)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _joined(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _failed(output: Any, number: int, name: str) -> Fault:
    said = _COLOUR.sub("", f"{output.get('ename', '')}: {output.get('evalue', '')}")
    where = Where(name, _("cell {number}").format(number=number))
    return Fault(
        Problem(where, _("the cell failed: {said}").format(said=plain(said)), _("Mend the cell and run again"))
    )

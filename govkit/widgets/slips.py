"""Admission slips (准考证) to print and cut apart: number, name, unit, PIN, address and QR code.

They are a part of the panels, not of the room, because the machinery of the reports typesets them.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

from govkit.core.errors import Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.rendering import fonts
from govkit.rendering.formats import pdf


@dataclass(frozen=True, slots=True)
class Slip:
    """One candidate's slip."""

    candidate: str
    name: str
    unit: str
    form: str
    pin: str


def slips_pdf(title: str, address: str, slips: Sequence[Slip]) -> bytes:
    """Return the slips of a room as a PDF, ten on a page, by unit and number.

    :param address: the address that a candidate types or scans; the QR code holds nothing else.
    :raises InternalError: a name has a character that no font of this machine can draw.
    """
    ordered = sorted(slips, key=lambda slip: (slip.unit, slip.candidate))
    content = {
        "title": title,
        "address": address,
        "slips": [asdict(slip) for slip in ordered],
        "words": _words(),
        "fonts": {role: [face.family for face in fonts.chain(role)] for role in get_args(fonts.Role)},
    }
    shown = "".join([title, address, *(text for slip in ordered for text in asdict(slip).values())])
    fonts.check_glyphs(shown, Where(_("admission slips")))
    source = files("govkit.widgets").joinpath("slips.typ").read_bytes()
    sources = {"main.typ": source, "qr.svg": qr_svg(address)}
    return pdf.typeset(sources, {"slips": json.dumps(content)})


def write_slips(folder: Path, room: dict[str, Any], pins: dict[str, str]) -> Path:
    """Write a room's admission slips into the exam folder, readable by its owner only, and return the file."""
    slips = [
        Slip(each["candidate"], each["name"], each["unit"], each["form"], pins[each["candidate"]])
        for each in room["candidates"]
        if each["candidate"] in pins
    ]
    path = folder / f"准考证-{room['room_id']}.pdf"
    atomic_write(path, slips_pdf(room["title"], room["urls"][0], slips), private=True)
    return path


def qr_svg(address: str) -> bytes:
    """Return the QR code of an address as an SVG picture."""
    import segno

    buffer = BytesIO()
    segno.make_qr(address, error="m").save(buffer, kind="svg", scale=4, border=2)
    return buffer.getvalue()


def _words() -> dict[str, str]:
    return {
        "candidate": _("Admission number"),
        "name": _("Full name"),
        "unit": _("Unit"),
        "form": _("Form"),
        "pin": _("PIN"),
        "address": _("Address:"),
        "qr": _("QR code of the address"),
    }

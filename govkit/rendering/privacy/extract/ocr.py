"""Pictures read by a program: RapidOCR, whose models come with its package, if it is installed."""

import io
from functools import cache
from importlib.util import find_spec
from typing import Any

from govkit.core.i18n import gettext as _
from govkit.rendering.privacy.extract.part import Unreadable

_MOST_SIDE = 4_000


def can_read() -> bool:
    """Return whether the packages that read pictures are installed."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def read_picture(content: bytes) -> str:
    """Return the text that a picture shows, a line for each piece of text, from top to bottom.

    :raises Unreadable: the packages are not installed, or the picture cannot be decoded.
    """
    if not can_read():
        what = _("pictures are to be read, but what reads them is not installed")
        raise Unreadable(what, _("Install it: pip install 'govkit[ocr]', or change the setting for pictures"))
    import numpy as np
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(content)).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable(_("a picture cannot be decoded"), _("Save the picture again as PNG")) from error
    picture.thumbnail((_MOST_SIDE, _MOST_SIDE))
    if min(picture.size) < 8:
        return ""
    found = _reader()(np.asarray(picture)[:, :, ::-1])
    return "\n".join(found.txts or ())


@cache
def _reader() -> Any:
    import logging

    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR(params={"Global.log_level": "error"})

"""Screen and error strings in the reader's language.

Msgids are English; the one Chinese catalogue is ``locale/zh_CN/LC_MESSAGES/govkit.po``, and Chinese is the default.
``GOVKIT_LANG=en`` shows the msgids.

``python -m govkit.core.i18n`` compiles the catalogue after an edit.
"""

import datetime as dt
import gettext as _gettext
import os
from functools import cache
from pathlib import Path

CATALOGUES = Path(__file__).parents[1] / "locale"
DOMAIN = "govkit"
DEFAULT_LANGUAGE = "zh_CN"
_NO_DATE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def language() -> str:
    """Return the current language: ``GOVKIT_LANG``, else Chinese."""
    return os.environ.get("GOVKIT_LANG") or DEFAULT_LANGUAGE


def gettext(msgid: str) -> str:
    """Return the translation of ``msgid`` in the current language, ``msgid`` itself where there is none."""
    return _translations(language()).gettext(msgid)


def catalogue(lang: str = DEFAULT_LANGUAGE) -> Path:
    """Return the path of a language's source catalogue (``.po``); the compiled one (``.mo``) lies beside it."""
    return CATALOGUES / lang / "LC_MESSAGES" / f"{DOMAIN}.po"


def compiled(source: Path) -> bytes:
    """Return the ``.mo`` bytes of one ``.po`` file; the same source gives the same bytes."""
    from io import BytesIO

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        messages = read_po(file, locale=source.parent.parent.name)
    messages.creation_date = messages.revision_date = _NO_DATE  # babel would fill in the current time
    buffer = BytesIO()
    write_mo(buffer, messages)
    return buffer.getvalue()


@cache
def _translations(lang: str) -> _gettext.NullTranslations:
    return _gettext.translation(DOMAIN, CATALOGUES, [lang], fallback=True)


if __name__ == "__main__":
    catalogue().with_suffix(".mo").write_bytes(compiled(catalogue()))

"""Screen and error strings in the reader's language.

Msgids are English; the catalogues under ``locale/`` are Chinese (zh_CN) and Chinese is the default.
``GOVKIT_LANG=en`` shows the msgids. Each part of the kit keeps a catalogue of its own (``<part>.po`` beside its
compiled ``<part>.mo``), so that parts can grow apart; a lookup goes through all of them.

``python -m govkit.core.i18n`` compiles the catalogues after an edit.
"""

import datetime as dt
import gettext as _gettext
import os
from functools import cache
from pathlib import Path

CATALOGUES = Path(__file__).parents[1] / "locale"
DEFAULT_LANGUAGE = "zh_CN"
_NO_DATE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def language() -> str:
    """Return the language in force: ``GOVKIT_LANG``, else Chinese."""
    return os.environ.get("GOVKIT_LANG") or DEFAULT_LANGUAGE


def gettext(msgid: str) -> str:
    """Return ``msgid`` in the language in force; English is the msgid itself."""
    return _translations(language()).gettext(msgid)


def compile_catalogues() -> list[Path]:
    """Compile every ``.po`` under ``locale/`` to the ``.mo`` beside it and return the files written."""
    written = []
    for source in sorted(CATALOGUES.rglob("*.po")):
        target = source.with_suffix(".mo")
        target.write_bytes(compiled(source))
        written.append(target)
    return written


def compiled(source: Path) -> bytes:
    """Return the ``.mo`` bytes of one ``.po`` file."""
    from io import BytesIO

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    catalogue.creation_date = catalogue.revision_date = _NO_DATE  # babel puts in the present where a source names none
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


@cache
def _translations(lang: str) -> _gettext.NullTranslations:
    chain = _gettext.NullTranslations()
    for path in sorted((CATALOGUES / lang / "LC_MESSAGES").glob("*.mo")):
        with path.open("rb") as file:
            part = _gettext.GNUTranslations(file)
        part.add_fallback(chain)
        chain = part
    return chain


if __name__ == "__main__":
    compile_catalogues()

"""The font files of a report, and the check that they have every character of it.

The system's own fonts come first (仿宋, 小标宋, 黑体, 楷体, 宋体); what a machine lacks is drawn by the open Noto
fonts of the ``mplfonts`` wheel, and of that wheel by its two static Noto files only. Behind the first font of every
role come both Noto fonts and then the fonts of the user's own folder, so that a rare character is drawn by whichever
has it; a character that none has is a :class:`~govkit.core.errors.InternalError` and never a box.

``GOVKIT_FONTS`` names a folder of further fonts, looked at first; ``GOVKIT_SYSTEM_FONTS=0`` ignores the system's.
"""

import atexit
import os
import shutil
import tempfile
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from struct import iter_unpack, unpack_from
from typing import Literal, get_args

from govkit.core.errors import InternalError, Problem, Where
from govkit.core.i18n import gettext as _

Role = Literal["title", "body", "heading", "subheading", "page", "chart"]

# What each role is called in GB/T 9704-2012, and the names its fonts go by on Windows, Kylin, macOS and at foundries.
_NAMES: dict[Role, tuple[str, tuple[str, ...]]] = {
    "title": (
        "小标宋",
        ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK", "FZXBSJW--GB1-0", "小标宋"),
    ),
    "body": (
        "仿宋",
        ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong", "FZFangSong-Z02S", "方正仿宋_GBK"),
    ),
    "heading": ("黑体", ("SimHei", "黑体", "STHeiti", "FZHei-B01S", "方正黑体_GBK")),
    "subheading": ("楷体", ("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "STKaiti", "FZKai-Z03S", "方正楷体_GBK")),
    "page": ("宋体", ("SimSun", "宋体", "STSong", "FZShuSong-Z01S", "方正书宋_GBK")),
    "chart": ("黑体", ()),
}
_SERIF = ("Noto Serif CJK SC", "NotoSerifCJKsc-Regular.otf")
_SANS = ("Noto Sans CJK SC", "NotoSansCJKsc-Regular.otf")
_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Font:
    """One face: its family name, its file, its place in a collection, and whether it is the wheel's fallback."""

    family: str
    path: Path
    index: int = 0
    bundled: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The font of one role on this machine, for ``govkit doctor``; ``wanted`` is its name in the standard."""

    role: Role
    wanted: str
    font: Font

    @property
    def is_fallback(self) -> bool:
        """Whether an open font replaces the one that the standard names."""
        return self.font.bundled


def font(role: Role) -> Font:
    """Return the first font of a role."""
    return chain(role)[0]


def body_font() -> Font:
    """Return the font of running text: 仿宋, or Noto Serif."""
    return font("body")


def heading_font() -> Font:
    """Return the font of first-level headings: 黑体, or Noto Sans."""
    return font("heading")


def chart_font() -> Font:
    """Return the font of charts: always Noto Sans, so that a chart is the same picture on every machine."""
    return font("chart")


def chain(role: Role) -> tuple[Font, ...]:
    """Return the fonts that draw a role, first choice first; InternalError if the fallback is missing."""
    return _chain(role, *_setting())


def fonts_found() -> list[Found]:
    """Return the font of each role on this machine."""
    return [Found(role, _NAMES[role][0], font(role)) for role in get_args(Role)]


def font_for(text: str, where: Where, role: Role = "chart") -> Font:
    """Return the first font of the role that has every character of ``text``, for what is drawn with one font.

    :raises InternalError: no font has all of them; the problems name the characters.
    """
    for candidate in chain(role):
        if not _missing(text, (candidate,)):
            return candidate
    raise InternalError(_no_glyphs(_missing(text, chain(role)[:1]), text, where))


def check_glyphs(text: str, where: Where, role: Role = "body") -> None:
    """Raise InternalError if no font of the role has some character of ``text``, with a problem for each."""
    missing = _missing(text, chain(role))
    if missing:
        raise InternalError(_no_glyphs(missing, text, where))


def font_folder() -> Path:
    """Return a folder that holds exactly the font files in use, for a typesetter that searches folders."""
    files = {face.path for role in get_args(Role) for face in chain(role)}
    return _linked(tuple(sorted(files)))


@cache
def characters(path: Path, index: int = 0) -> frozenset[int]:
    """Return the code points a font file has, from its cmap table alone (the font may be 20 MB)."""
    from fontTools.ttLib import TTFont

    with TTFont(path, fontNumber=index, lazy=True) as face:
        table = face.reader["cmap"]
        return _format_12(table) or frozenset(face.getBestCmap())


def _setting() -> tuple[str, bool]:
    return os.environ.get("GOVKIT_FONTS", ""), os.environ.get("GOVKIT_SYSTEM_FONTS", "1") != "0"


@cache
def _chain(role: Role, folder: str, system: bool) -> tuple[Font, ...]:
    own = _listed(folder, system=False) if folder else ()
    known = {face.family: face for face in reversed((*own, *(_listed("", system=True) if system else ())))}
    chosen = [known[name] for name in _NAMES[role][1] if name in known][:1]
    serif, sans = _bundled(*_SERIF), _bundled(*_SANS)
    fallback = [sans, serif] if role in {"heading", "chart"} else [serif, sans]
    return tuple(dict.fromkeys((*chosen, *fallback, *own)))


@cache
def _listed(folder: str, *, system: bool) -> tuple[Font, ...]:
    """Return the upright regular faces of a folder or of the system, as the typesetter itself sees them."""
    import typst

    paths = [folder] if folder else []
    faces = typst.Fonts(include_system_fonts=system, include_embedded_fonts=False, font_paths=paths).fonts()
    upright = [face for face in faces if face.path and face.style == "normal" and 300 <= face.weight <= 700]
    by_weight = sorted(upright, key=lambda face: (abs(face.weight - 400), str(face.path)))
    return tuple(
        Font(face.family, Path(str(face.path)), face.index) for face in by_weight if not _varies(str(face.path))
    )


def _varies(path: str) -> bool:
    """Return whether the file is a variable font, of which typesetters draw the default weight only (often Thin)."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, fontNumber=0, lazy=True) as face:
            return "fvar" in face.reader
    except (OSError, TTLibError):
        return True


@cache
def _bundled(family: str, file: str) -> Font:
    wheel = find_spec("mplfonts")
    path = Path(wheel.origin).parent / "fonts" / file if wheel and wheel.origin else Path(file)
    if path.is_file():
        return Font(family, path, bundled=True)
    what = _("the open Chinese font {file} is missing").format(file=file)
    raise InternalError(Problem(Where(_("fonts")), what, _("Install it again: pip install --force-reinstall mplfonts")))


def _missing(text: str, fonts: tuple[Font, ...]) -> list[str]:
    """Return the characters none of ``fonts`` has, in order; the text is composed first, as typesetters do."""
    letters = dict.fromkeys(unicodedata.normalize("NFC", text))
    seen = [char for char in letters if unicodedata.category(char) not in _INVISIBLE and char not in _SELECTORS]
    return [c for c in seen if not any(ord(c) in characters(face.path, face.index) for face in fonts)]


def _no_glyphs(missing: list[str], text: str, where: Where) -> list[Problem]:
    repair = _("Write another character, or put a font that has it in a folder and name the folder in GOVKIT_FONTS")
    return [
        Problem(
            where,
            _("no font on this machine has the character {char} (U+{code}), in {excerpt}").format(
                char=char, code=f"{ord(char):04X}", excerpt=_around(char, text)
            ),
            repair,
        )
        for char in missing
    ]


def _around(char: str, text: str) -> str:
    at = max(unicodedata.normalize("NFC", text).find(char), 0)
    return repr(text[max(at - 8, 0) : at + 9])


def _format_12(table: bytes) -> frozenset[int]:
    """Return the code points of a cmap table's format 12 subtable (OpenType: groups of start, end, glyph)."""
    (count,) = unpack_from(">H", table, 2)
    for _platform, _encoding, offset in iter_unpack(">HHI", table[4 : 4 + 8 * count]):
        if unpack_from(">H", table, offset) == (12,):
            (groups,) = unpack_from(">I", table, offset + 12)
            body = table[offset + 16 : offset + 16 + 12 * groups]
            return frozenset(
                code for first, last, _glyph in iter_unpack(">III", body) for code in range(first, last + 1)
            )
    return frozenset()


@cache
def _linked(files: tuple[Path, ...]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="govkit-fonts-"))
    for number, file in enumerate(files):
        target = folder / f"{number}-{file.name}"
        try:
            target.symlink_to(file)
        except OSError:  # Windows lets few accounts link
            shutil.copyfile(file, target)
    atexit.register(_removed, folder, os.getpid())
    return folder


def _removed(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # a forked child leaves its parent's folder alone
        shutil.rmtree(folder, ignore_errors=True)

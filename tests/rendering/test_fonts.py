import os
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from govkit.core.errors import InternalError, Where
from govkit.rendering import fonts

HERE = Where("样例", "第一节")
ROLES = ["title", "body", "heading", "subheading", "page", "chart"]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ignore the system's fonts."""
    monkeypatch.setenv("GOVKIT_SYSTEM_FONTS", "0")
    monkeypatch.delenv("GOVKIT_FONTS", raising=False)


def make_font(folder: Path, family: str, letters: str, *, variable: bool = False) -> Path:
    builder = FontBuilder(1000, isTTF=True)
    names = [".notdef", *(f"u{ord(letter):04X}" for letter in letters)]
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0)), pen.lineTo((500, 0)), pen.lineTo((500, 500)), pen.closePath()
    glyph = pen.glyph()
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): name for letter, name in zip(letters, names[1:], strict=True)})
    builder.setupGlyf(dict.fromkeys(names, glyph))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family.replace(" ", "")})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    if variable:
        builder.setupFvar([("wght", 100, 100, 900, "Weight")], [])
    path = folder / f"{family}.ttf"
    builder.save(path)
    return path


@pytest.mark.parametrize("role", ROLES)
def test_without_system_fonts_every_role_is_drawn_by_the_open_noto_files(role: fonts.Role, bare: None) -> None:
    files = [face.path.name for face in fonts.chain(role)]
    assert sorted(files) == ["NotoSansCJKsc-Regular.otf", "NotoSerifCJKsc-Regular.otf"]
    assert fonts.font(role).bundled


def test_body_is_serif_and_headings_are_sans(bare: None) -> None:
    assert (fonts.body_font().family, fonts.heading_font().family) == ("Noto Serif CJK SC", "Noto Sans CJK SC")
    assert fonts.chart_font().family == "Noto Sans CJK SC"


def test_the_folder_of_the_typesetter_never_holds_the_proprietary_font(bare: None) -> None:
    names = [path.name for path in fonts.font_folder().iterdir()]
    assert len(names) == 2
    assert all("Noto" in name and "VF" not in name for name in names)


def test_the_standard_s_font_comes_first_and_the_open_ones_stand_behind_it(
    bare: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_font(tmp_path, "FangSong", "甲乙")
    monkeypatch.setenv("GOVKIT_FONTS", str(tmp_path))
    assert [face.family for face in fonts.chain("body")] == ["FangSong", "Noto Serif CJK SC", "Noto Sans CJK SC"]
    found = {item.role: item for item in fonts.fonts_found()}
    assert (found["body"].wanted, found["body"].is_fallback, found["heading"].is_fallback) == ("仿宋", False, True)


def test_variable_fonts_are_never_used(bare: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make_font(tmp_path, "FangSong", "甲", variable=True)
    monkeypatch.setenv("GOVKIT_FONTS", str(tmp_path))
    assert fonts.body_font().family == "Noto Serif CJK SC"


@pytest.mark.parametrize(
    "text", ["通报", "𠮷㼆龘镕〇①㎡", "“四议两公开”——…·", "a b\u3000\u00a0\n\t", "e\u0301", "葛\U000e0100", "½²³"]
)
def test_characters_that_are_drawn(text: str, bare: None) -> None:
    fonts.check_glyphs(text, HERE)


def test_every_character_without_a_glyph_is_named_with_its_place_and_mend(bare: None) -> None:
    with pytest.raises(InternalError) as caught:
        fonts.check_glyphs("好😀的\U0001d11e事😀", HERE)
    first, second = caught.value.problems
    assert "😀" in first.what
    assert "U+1F600" in first.what
    assert "好😀的" in first.what
    assert "U+1D11E" in second.what
    assert str(first.where) == "样例 · 第一节"
    assert "GOVKIT_FONTS" in first.repair


def test_the_mend_works(bare: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(InternalError):
        fonts.check_glyphs("Ա", HERE)
    make_font(tmp_path, "Offices Own", "Ա")
    monkeypatch.setenv("GOVKIT_FONTS", str(tmp_path))
    fonts.check_glyphs("Ա", HERE)
    assert fonts.font_for("Ա", HERE).family == "Offices Own"


def test_the_quick_reading_of_a_cmap_is_the_whole_one(tmp_path: Path) -> None:
    from fontTools.ttLib import TTFont

    path = fonts.body_font().path
    with TTFont(path, lazy=True) as face:
        assert fonts.characters(path) == frozenset(face.getBestCmap())
    small = make_font(tmp_path, "Small", "甲")
    assert fonts.characters(small) == frozenset({ord("甲")})


def test_the_font_folder_goes_with_its_process_and_stays_for_a_forked_child() -> None:
    code = (
        "import os, sys; from govkit.rendering import fonts; folder = fonts.font_folder(); child = os.fork()\n"
        "if child == 0: sys.exit()\n"
        "os.waitpid(child, 0); assert list(folder.iterdir()); print(folder)"
    )
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not Path(done.stdout.strip()).exists()

"""LibreOffice driven as a person would: workbooks opened, cells typed in, saved in any format, printed."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from govkit.rendering.fonts import font_folder

SOFFICE = shutil.which("soffice")
FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".xls": "MS Excel 97", ".ods": "calc8", ".pdf": "calc_pdf_Export"}
_FONTS = '<?xml version="1.0"?><fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>'
_LIBRARY = "http://openoffice.org/2000/library"
_SCRIPTS = {
    "script.xlc": (
        f'<library:libraries xmlns:library="{_LIBRARY}" xmlns:xlink="http://www.w3.org/1999/xlink"><library:library '
        'library:name="Standard" xlink:href="$(USER)/basic/Standard/script.xlb/" xlink:type="simple" '
        'library:link="false"/></library:libraries>'
    ),
    "Standard/script.xlb": (
        f'<library:library xmlns:library="{_LIBRARY}" library:name="Standard" library:readonly="false" '
        'library:passwordprotected="false"><library:element library:name="Module1"/></library:library>'
    ),
    "Standard/Module1.xba": (
        '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" '
        'script:language="StarBasic">{code}</script:module>'
    ),
}
_PREAMBLE = """
Function Hidden() As Object
  Dim one As New com.sun.star.beans.PropertyValue
  one.Name = "Hidden" : one.Value = True
  Hidden = one
End Function
Sub Save(book, url, kind)
  Dim how As New com.sun.star.beans.PropertyValue
  how.Name = "FilterName" : how.Value = kind
  book.storeToURL(url, Array(how))
End Sub
Sub Tell(path, words)
  Open path For Output As #1
  Print #1, words
  Close #1
End Sub
Sub OnePageWide(book)
  Dim styles : styles = book.StyleFamilies.getByName("PageStyles")
  Dim number
  For number = 0 To styles.Count - 1
    With styles.getByIndex(number)
      .IsLandscape = True : .Width = 42000 : .Height = 29700 : .ScaleToPagesX = 1 : .ScaleToPagesY = 0
      .HeaderIsOn = False : .FooterIsOn = False : .PrintGrid = True : .PrintHeaders = True
    End With
  Next
End Sub
"""


def work(folder: Path, lines: Iterable[str]) -> None:
    """Run lines of Basic in LibreOffice, with the open fonts and a profile of its own in a folder."""
    said, fonts = folder / "said.txt", folder / "fonts.conf"
    said.unlink(missing_ok=True)
    fonts.write_text(_FONTS.format(fonts=font_folder(), cache=folder / "cache"), encoding="utf-8")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [str(SOFFICE), profile, "--headless", "--norestore", "--nologo"]
    environment = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    if not (folder / "profile").exists():  # LibreOffice makes a profile, and only then reads what is put into it
        subprocess.run(
            [*command, "--terminate_after_init"], env=environment, check=True, capture_output=True, timeout=180
        )
    _write_macro(folder / "profile" / "user" / "basic", lines, said)
    command.append("macro:///Standard.Module1.Work")
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=180)
    words = said.read_text(encoding="utf-8").strip() if said.is_file() else "nothing was said"
    if words != "done":
        raise AssertionError(words)


def _write_macro(basic: Path, lines: Iterable[str], said: Path) -> None:
    """Write the lines as a macro that says in a file how it ended."""
    end = "StarDesktop.terminate()"
    wrong = f'Wrong: Tell("{said}", Error$ & " in line " & Erl)'
    body = [
        "Sub Work",
        "On Error Goto Wrong",
        *lines,
        f'Tell("{said}", "done")',
        end,
        "Exit Sub",
        wrong,
        end,
        "End Sub",
    ]
    (basic / "Standard").mkdir(parents=True, exist_ok=True)
    code = escape(_PREAMBLE + "\n".join(body))
    for name, words in _SCRIPTS.items():
        head = '<?xml version="1.0" encoding="UTF-8"?>'
        (basic / name).write_text(head + words.replace("{code}", code), encoding="utf-8")


def opened(path: Path, name: str = "book") -> list[str]:
    """Return the lines that open a workbook."""
    return [f'Dim {name} : {name} = StarDesktop.loadComponentFromURL("{path.as_uri()}", "_blank", 0, Array(Hidden()))']


def typed(sheet: str, cells: Mapping[str, str], name: str = "book") -> list[str]:
    """Return the lines that type texts into cells, as a person would: numbers and days are recognised."""
    place = f'{name}.Sheets.getByName("{sheet}").getCellRangeByName'
    return [f'{place}("{cell}").FormulaLocal = "{_quoted(words)}"' for cell, words in cells.items()]


def saved(path: Path, name: str = "book") -> list[str]:
    """Return the lines that save a workbook in the format of the file's suffix."""
    return [f'Save({name}, "{path.as_uri()}", "{FILTERS[path.suffix]}")']


def printed(path: Path, sheet: str, area: Sequence[int] | None = None, name: str = "book") -> list[str]:
    """Return the lines that print one sheet, a page wide, with the letters and numbers of columns and rows."""
    one = f'{name}.Sheets.getByName("{sheet}")'
    lines = [
        f"OnePageWide({name})",
        f"For number = 0 To {name}.Sheets.Count - 1 : {name}.Sheets.getByIndex(number).setPrintAreas(Array()) : Next",
    ]
    if area:
        top, left, bottom, right = area
        lines.append(
            f"{one}.setPrintAreas(Array({one}.getCellRangeByPosition({left}, {top}, {right}, {bottom}).RangeAddress))"
        )
    return [*lines, *saved(path, name)]


def closed(name: str = "book") -> list[str]:
    """Return the line that closes a workbook."""
    return [f"{name}.close(True)"]


def _quoted(words: str) -> str:
    return words.replace('"', '""')

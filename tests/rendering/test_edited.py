"""Word files edited by hand: never overwritten; the new one stands beside, and its differences are said."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import nbformat
import pytest

from govkit.core.errors import InputError
from govkit.rendering.batch import Job, Rendered, render
from govkit.rendering.catalogue import Report
from govkit.rendering.edited import differences, is_edited

SOURCE = """
from govkit.rendering import content as r
r.title("通报")
r.say(f"本月排查{mark}件。")
r.say("其余不变。")
"""


def word(*paragraphs: str) -> bytes:
    """Return a Word file of these paragraphs."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(
            zipfile.ZipInfo("word/document.xml"), f"<w:document {space}><w:body>{body}</w:body></w:document>"
        )
    return buffer.getvalue()


def test_the_differences_are_the_paragraphs_that_only_one_has() -> None:
    assert differences(word("甲", "", "乙"), word("甲", "丙")) == ["－乙", "＋丙"]
    assert differences(word("甲"), word("甲", "")) == []


@pytest.mark.parametrize(
    ("content", "edited"),
    [(word("甲"), False), (word("乙"), True), (word("乙")[:40], False), (b"", False), (b"PK no archive", False)],
    ids=["as written", "edited", "cut off", "empty", "damaged"],
)
def test_what_counts_as_edited(content: bytes, edited: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(content)
    assert is_edited(path, hashlib.sha256(word("甲")).hexdigest()) is edited
    assert not is_edited(tmp_path / "none.docx", "")


def test_a_locked_file_is_a_problem_with_its_repair(tmp_path: Path) -> None:
    (tmp_path / "a.docx").mkdir()  # cannot be read, like a file that another program holds
    with pytest.raises(InputError) as refused:
        is_edited(tmp_path / "a.docx", "")
    (problem,) = refused.value.problems
    assert problem.where.source.endswith("a.docx")
    assert "WPS" in problem.repair


class Office:
    """A folder of one report, rendered again and again."""

    def __init__(self, folder: Path) -> None:
        self.out = folder / "out"
        cells = [nbformat.v4.new_code_cell("mark: int = 0", metadata={"tags": ["parameters"]})]
        cells.append(nbformat.v4.new_code_cell(SOURCE))
        spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path = folder / "bulletin.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), path)
        self.report = Report(path)

    def render(self, mark: int) -> Rendered:
        job = Job(self.report, {"mark": mark}, "r", {}, {"slice": str(mark)})
        return render([job], self.out, ["docx", "html"])[0]

    def edit(self, name: str, text: str) -> bytes:
        content = word("通报", text, "其余不变。")
        (self.out / name).write_bytes(content)
        return content

    def manifest_file(self) -> str:
        (entry,) = json.loads((self.out / "manifest.json").read_text("utf-8"))["reports"]
        return str(entry["outputs"]["docx"]["file"])


@pytest.mark.slow
def test_an_edited_file_stays_and_the_new_one_stands_beside(tmp_path: Path) -> None:
    office = Office(tmp_path)
    assert office.render(1).warnings == ()
    mine = office.edit("r.docx", "本月排查一件，我改的。")
    assert office.render(1).status == "unchanged"
    changed = office.render(2)
    assert changed.status == "rendered"
    assert (office.out / "r.docx").read_bytes() == mine
    assert changed.outputs == {"docx": "r-新生成.docx", "html": "r.html"}
    assert office.manifest_file() == "r-新生成.docx"
    (warning,) = changed.warnings
    assert warning.severity == "warning"
    assert all(said in warning.what for said in ("r-新生成.docx", "－本月排查一件，我改的。", "＋本月排查2件。"))

    too = office.edit("r-新生成.docx", "这份也改了。")
    assert office.render(3).outputs["docx"] == "r-新生成2.docx"
    assert ((office.out / "r.docx").read_bytes(), (office.out / "r-新生成.docx").read_bytes()) == (mine, too)

    (office.out / "manifest.json").unlink()  # without it nothing is known to be ours
    office.render(4)
    assert (office.out / "r.docx").read_bytes() == mine
    for name in ("r.docx", "r-新生成.docx", "r-新生成2.docx"):
        (office.out / name).unlink(missing_ok=True)
    assert office.render(5).outputs["docx"] == "r.docx"


@pytest.mark.slow
def test_a_damaged_file_is_written_again(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.render(1)
    (office.out / "r.docx").write_bytes(b"PK")
    again = office.render(1)
    assert (again.status, again.warnings) == ("rendered", ())
    assert len((office.out / "r.docx").read_bytes()) > 1000


@pytest.mark.slow
def test_a_locked_file_fails_its_report_only(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.render(1)
    (office.out / "r.docx").unlink()
    (office.out / "r.docx").mkdir()
    failed = office.render(2)
    assert failed.status == "failed"
    assert "r.docx" in str(failed.problems[0].where)

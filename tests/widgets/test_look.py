"""A file looked at in the entry notebook: its cells in colours, and doubtful headings settled by a click."""

import datetime as dt
from pathlib import Path

import pytest

from govkit.institutions import ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.places import shipped_places
from govkit.ledgers.read.headings import MAPPING, UNREAD, read_mapping, settled_near
from govkit.ledgers.store import Store
from govkit.widgets.entry import EntryDesk
from govkit.widgets.look import FilePreview
from tests.ledgers.books import DISPUTES, book, cells, dispute

HEAD, *ROWS = cells([dispute(number) for number in (1, 2)])
WRITTEN = ["案由性质" if words == "纠纷类型" else "排查时间" if words == "排查日期" else words for words in HEAD]


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Return a workbook with a synonym, an unknown heading in place of a required one, and one more."""
    rows = [["阳庙镇2015年度矛盾纠纷台账"], [*WRITTEN, "处理意见"], *([*row, "<b>甲</b>"] for row in ROWS)]
    return book(tmp_path / "九月.xlsx", {"纠纷": rows})


def looked(store: Path, sheet: Path) -> FilePreview:
    panel = FilePreview(Store(store))
    panel.look(sheet.name, sheet.read_bytes())
    return panel


def test_each_cell_has_the_colour_of_its_role_and_is_escaped(tmp_path: Path, sheet: Path) -> None:
    shown = looked(tmp_path, sheet).shown.value
    for role, words in (("title", "阳庙镇"), ("header", "案由性质"), ("body", "JF-001"), ("ignored", "家庭纠纷")):
        assert f'<td class="look-{role}">{words}' in shown
    assert "&lt;b&gt;甲" in shown
    assert "缺少“纠纷类型" in shown


def test_doubtful_headings_are_settled_by_a_click_and_later_imports_read_them_so(tmp_path: Path, sheet: Path) -> None:
    panel = looked(tmp_path, sheet)
    fields = {heading: field for _ledger, heading, field in panel.choices}
    assert set(fields) == {"排查时间", "案由性质", "处理意见"}
    assert "按“排查日期”读" in fields["排查时间"].options[0][0]
    fields["案由性质"].value, fields["处理意见"].value = "纠纷类型", UNREAD
    panel.settle_button.click()
    assert read_mapping(tmp_path / MAPPING) == {
        (DISPUTES.title, "案由性质"): "纠纷类型",
        (DISPUTES.title, "处理意见"): UNREAD,
    }
    assert [heading for _ledger, heading, _field in panel.choices] == ["排查时间"]
    told = settled_near(sheet, str(tmp_path))
    intake = check_files([sheet], ledgers().values(), shipped_places(), settled=told)
    assert (intake.errors, intake.ledgers[0].rows_in) == ((), 2)


def test_what_was_settled_before_stays(tmp_path: Path, sheet: Path) -> None:
    (tmp_path / MAPPING).write_text("台账,表头,列\n,包村干部,不读\n", encoding="utf-8")
    panel = looked(tmp_path, sheet)
    panel.choices[0][2].value = UNREAD
    panel.settle()
    assert [*read_mapping(tmp_path / MAPPING)] == [("", "包村干部"), (DISPUTES.title, "排查时间")]


def test_without_a_choice_nothing_is_written(tmp_path: Path, sheet: Path) -> None:
    panel = looked(tmp_path, sheet)
    panel.settle()
    assert not (tmp_path / MAPPING).exists()
    assert "先选择" in panel.message.value


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    panel = FilePreview(Store(tmp_path))
    assert panel.look("坏.xlsx", b"PK\x03\x04") == []
    assert "坏.xlsx" in panel.shown.value


def test_an_upload_is_looked_at_in_the_entry_desk(sample_store: Path, sheet: Path) -> None:
    desk = EntryDesk(Store(sample_store))
    day = dt.datetime(2015, 10, 1, tzinfo=dt.UTC)
    file = {"name": sheet.name, "type": "", "size": 1, "last_modified": day, "content": memoryview(sheet.read_bytes())}
    desk.preview.upload.value = (file,)
    assert "案由性质" in desk.preview.shown.value

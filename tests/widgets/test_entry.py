"""The entry form: made from the declaration, checked while written, saved as one row."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import ipywidgets as ipw
import pytest

from govkit.core import audit
from govkit.core.errors import InputError, UsageError
from govkit.institutions import ledgers
from govkit.ledgers.audit_log import AUDIT_LOG
from govkit.ledgers.store import Store
from govkit.widgets.entry import Draft, EntryDesk, EntryForm

DISPUTE: dict[str, Any] = {
    "dispute_id": "LR-001",
    "place": "北西尚村",
    "found_on": dt.date(2015, 12, 2),
    "found_level": "村",
    "kind": "邻里纠纷",
    "parties": "张样例",
}
ATTEMPT: dict[str, Any] = {
    "dispute_id": "LR-001",
    "place": "北西尚村",
    "attempt": "1",
    "held_on": dt.date(2015, 12, 5),
    "level": "村",
    "mediator": "李样例",
    "outcome": "未成功",
}


@pytest.fixture
def store(sample_store: Path, tmp_path: Path) -> Store:
    """Return a store of the sample district that may be written to."""
    shutil.copytree(sample_store, tmp_path / "store")
    return Store(tmp_path / "store")


def form(store: Store, ledger: str = "disputes", person: str = "样例员", **values: Any) -> EntryForm:
    made = EntryForm(store, ledger, person)
    if values:
        made.fill(values)
    return made


def write(made: EntryForm, **values: Any) -> None:
    for name, value in values.items():
        made.fields[name].value = value


def rows(store: Store, ledger: str, number: str) -> list[dict[Any, Any]]:
    frame = store.read(ledgers()[ledger])
    return frame[frame[ledgers()[ledger].key[0]] == number].to_dict("records")


@pytest.mark.parametrize("code", list(ledgers()))
def test_every_ledger_has_a_form_of_its_columns(store: Store, code: str) -> None:
    made = EntryForm(store, code, "样例员")
    assert list(made.fields) == ledgers()[code].names
    for column in ledgers()[code].columns:
        assert made.fields[column.name].description.startswith("* ") == column.required
        assert column.heading in made.fields[column.name].description
        assert column.note in made.remarks[column.name].value


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("dispute_id", ipw.Text),
        ("place", ipw.Combobox),
        ("found_on", ipw.DatePicker),
        ("kind", ipw.Dropdown),
        ("summary", ipw.Textarea),
    ],
)
def test_a_column_has_the_widget_of_its_kind(store: Store, name: str, kind: type) -> None:
    assert type(EntryForm(store, "disputes").fields[name]) is kind


def test_a_new_dispute_adds_one_row_and_leaves_every_other(store: Store) -> None:
    before = store.read(ledgers()["disputes"])
    made = form(store, **DISPUTE)
    commit = made.save()
    assert commit is not None
    assert [(c.ledger, c.added, c.changed, c.removed) for c in commit.changes] == [("disputes", 1, 0, 0)]
    assert commit.person == "样例员"
    assert "已存为第2版：新增1行" in made.message.value
    after = store.read(ledgers()["disputes"])
    assert after[after["dispute_id"] != "LR-001"].reset_index(drop=True).equals(before)
    assert rows(store, "disputes", "LR-001")[0]["township"] == "yangmiao"
    assert [entry.person for entry in audit.entries(Path(store.url) / AUDIT_LOG)][-1] == "样例员"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("place", "北西商村", "没有名为“北西商村”的单位"),
        ("found_on", dt.date(2999, 1, 1), "2999-01-01"),
        ("settled_on", dt.date(2015, 11, 1), "早于"),
        ("dispute_id", "", "必填"),
    ],
)
def test_a_mistake_is_reported_beside_its_field(store: Store, name: str, value: Any, message: str) -> None:
    made = form(store, **DISPUTE)
    write(made, **{name: value})
    assert message in made.remarks[name].value
    assert 'class="error"' in made.remarks[name].value
    assert made.save() is None
    assert len(store.commits()) == 1


def test_a_blank_required_field_is_not_reported_before_the_person_saves(store: Store) -> None:
    made = form(store, dispute_id="LR-001")
    assert 'class="error"' not in made.remarks["kind"].value
    made.save()
    assert 'class="error"' in made.remarks["kind"].value


def test_a_corrected_mistake_is_reported_no_more(store: Store) -> None:
    made = form(store, **DISPUTE | {"place": "无此村"})
    write(made, place="北西尚村")
    assert 'class="error"' not in made.remarks["place"].value


def test_what_a_person_writes_never_becomes_html(store: Store) -> None:
    made = form(store, **DISPUTE | {"place": "<img src=x onerror=alert(1)>"})
    assert "<img" not in made.remarks["place"].value
    made.save()
    made.call_up("<script>")
    assert "<script>" not in made.message.value


def test_nobody_saves_without_a_name(store: Store) -> None:
    made = form(store, person=" ", **DISPUTE)
    assert made.save() is None
    assert "录入人" in made.message.value


def test_saving_twice_makes_one_version(store: Store) -> None:
    made = form(store, **DISPUTE)
    made.save()
    assert made.save() is None
    assert len(store.commits()) == 2
    assert "没有变化" in made.message.value


def test_a_number_that_is_taken_is_refused_for_a_new_row(store: Store) -> None:
    form(store, **DISPUTE).save()
    made = form(store, **DISPUTE | {"kind": "合同纠纷"})
    assert "已有这个编号" in made.remarks["dispute_id"].value
    assert made.save() is None
    assert rows(store, "disputes", "LR-001")[0]["kind"] == "邻里纠纷"


def test_a_row_called_up_is_changed_under_its_number(store: Store) -> None:
    form(store, **DISPUTE).save()
    made = form(store)
    made.call_up("LR-001")
    assert (made.fields["place"].value, made.fields["found_on"].value) == ("北西尚村", dt.date(2015, 12, 2))
    assert made.fields["dispute_id"].disabled
    write(made, settled_on=dt.date(2015, 12, 20), settled_level="村", agreement="口头协议")
    commit = made.save()
    assert commit is not None
    assert (commit.changes[0].added, commit.changes[0].changed) == (0, 1)
    assert rows(store, "disputes", "LR-001")[0]["settled_level"] == "村"


def test_a_decision_takes_its_next_step(store: Store) -> None:
    frame = store.read(ledgers()["decisions"])
    number = frame[frame["result_published_on"].isna() & frame["published_on"].notna()]["decision_id"].iloc[0]
    made = form(store, "decisions")
    made.call_up(number)
    write(made, result_published_on=dt.date(2016, 1, 4))
    commit = made.save()
    assert commit is not None
    assert (commit.changes[0].added, commit.changes[0].changed) == (0, 1)


def test_a_decision_called_up_and_saved_again_is_the_same_row(store: Store) -> None:
    for number in store.read(ledgers()["decisions"])["decision_id"].head(5):
        made = form(store, "decisions")
        made.call_up(number)
        assert made.save() is None, made.message.value
    assert len(store.commits()) == 1


def test_an_attempt_at_a_dispute_that_is_not_there_is_a_warning(store: Store) -> None:
    made = form(store, "mediation_attempts", **ATTEMPT)
    assert 'class="warning"' in made.remarks["dispute_id"].value
    assert made.save() is not None


def test_an_attempt_at_a_dispute_that_is_there_has_no_warning_and_is_called_up_by_both_numbers(store: Store) -> None:
    form(store, **DISPUTE).save()
    made = form(store, "mediation_attempts", **ATTEMPT)
    assert 'class="warning"' not in made.remarks["dispute_id"].value
    assert made.save() is not None
    assert "LR-001、1" in made.number.options
    again = form(store, "mediation_attempts")
    again.call_up("LR-001，1")
    assert again.fields["mediator"].value == "李样例"


@pytest.mark.parametrize("value", ["十二", "1.5", "-1", "0", "51"])
def test_a_wrong_number_is_reported_and_never_corrected_silently(store: Store, value: str) -> None:
    made = form(store, "mediation_attempts", **ATTEMPT | {"attempt": value})
    assert 'class="error"' in made.remarks["attempt"].value
    assert made.fields["attempt"].value == value
    assert made.save() is None


def test_undo_takes_back_what_was_saved_and_nothing_else(store: Store) -> None:
    before = store.read(ledgers()["disputes"])
    made = form(store, **DISPUTE)
    assert made.undo_button.disabled
    made.save()
    assert made.undo() is not None
    assert store.read(ledgers()["disputes"]).equals(before)
    assert made.undo_button.disabled
    assert not made.fields["dispute_id"].disabled
    assert made.save() is not None


def test_undo_is_refused_when_somebody_else_saved_since(store: Store) -> None:
    made = form(store, **DISPUTE)
    made.save()
    form(store, person="另一人", **DISPUTE | {"dispute_id": "LR-002"}).save()
    assert made.undo() is None
    assert "另一人" in made.message.value
    assert rows(store, "disputes", "LR-001")


def test_two_people_who_change_one_row_do_not_overwrite_each_other(store: Store) -> None:
    form(store, **DISPUTE).save()
    first, second = form(store), form(store, person="另一人")
    for made in (first, second):
        made.call_up("LR-001")
    write(first, kind="合同纠纷")
    write(second, kind="劳资纠纷")
    assert first.save() is not None
    assert second.save() is None
    assert "已被别人" in second.message.value
    assert rows(store, "disputes", "LR-001")[0]["kind"] == "合同纠纷"


def test_two_people_who_change_two_rows_both_succeed(store: Store) -> None:
    first, second = form(store, **DISPUTE), form(store, **DISPUTE | {"dispute_id": "LR-002"})
    assert first.save() is not None
    assert second.save() is not None


@pytest.mark.parametrize("number", ["", "无此号", "LR-001、1", "、", "=1+1"])
def test_an_unknown_row_number_is_reported(store: Store, number: str) -> None:
    made = form(store)
    made.call_up(number)
    assert "没有" in made.message.value
    with pytest.raises(InputError):
        Draft(store, ledgers()["disputes"]).call_up(number)


def test_the_next_row_begins_blank(store: Store) -> None:
    made = form(store, **DISPUTE)
    made.save()
    made.clear()
    assert set(made.values().values()) == {None}
    assert not made.fields["dispute_id"].disabled


def test_the_desk_changes_the_ledger_and_keeps_the_person(store: Store) -> None:
    desk = EntryDesk(store, "矛盾纠纷台账", "样例员")
    desk.ledger.value = "decisions"
    assert (desk.form.draft.ledger.code, desk.form.person.value) == ("decisions", "样例员")


def test_an_unknown_ledger_is_refused(store: Store) -> None:
    with pytest.raises(UsageError):
        EntryForm(store, "无此台账")

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.institutions import ledgers
from govkit.ledgers.declare import Ledger, date, place, text
from govkit.ledgers.mask import MASKS, masked
from tests.ledgers.books import LEDGERS


@pytest.mark.parametrize("kind", ["id_number", "address", "narrative"])
@given(st.text(min_size=1, max_size=40))
def test_other_personal_cells_show_nothing(kind: str, words: str) -> None:
    assert MASKS[kind](words) == "******"  # type: ignore[index]


def test_every_kind_of_personal_data_has_a_mask() -> None:
    from typing import get_args

    from govkit.ledgers.declare import Personal

    assert set(MASKS) == set(get_args(Personal))


PEOPLE = Ledger(
    code="people",
    title="人员",
    about="",
    key=("person_id",),
    dated="since",
    columns=(
        text("person_id", "编号"),
        place(),
        date("since", "日期"),
        text("name", "姓名", personal="name"),
        text("phone", "电话", personal="phone", required=False),
        text("identity", "证件", personal="id_number", required=False, public=False),
    ),
)


def test_a_masked_frame_lacks_private_columns_and_keeps_blanks_and_the_original() -> None:
    frame = PEOPLE.empty().reindex(range(2))
    frame["name"] = pd.Series(["王小明", "李样例"], dtype="str")
    frame["phone"] = pd.Series(["13812341234", None], dtype="str")
    shown = masked(frame, PEOPLE)
    assert list(shown.columns) == ["person_id", "place", "since", "name", "phone"]
    assert shown["name"].tolist() == ["王某", "李某"]
    assert shown["phone"].isna().tolist() == [False, True]
    assert frame["name"].tolist() == ["王小明", "李样例"]
    assert dict(shown.dtypes) == {name: dtype for name, dtype in frame.dtypes.items() if name != "identity"}


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.code)
def test_nothing_personal_of_any_ledger_passes_the_mask(ledger: Ledger) -> None:
    frame = ledger.empty().reindex(range(1))
    for column in ledger.columns:
        if column.kind == "text":
            frame[column.name] = pd.Series(["秘密甲13812341234"], dtype="str")
    shown = masked(frame, ledger)
    for column in ledger.columns:
        if column.personal and column.name in shown:
            assert not re.search("密甲|12341234", str(shown[column.name].iloc[0]))
        assert (column.name in shown) is column.public


def test_phones_and_narratives_are_never_public() -> None:
    for ledger in ledgers().values():
        for column in ledger.columns:
            if column.personal in ("phone", "id_number", "address", "narrative"):
                assert not column.public, (ledger.code, column.name)

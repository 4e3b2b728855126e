import pytest

from govkit.core.errors import GovkitError, InputError, InternalError, Problem, UsageError, Where, refuse

ERROR = Problem(Where("台账.xlsx", "纠纷", "B17"), "“x”不是日期", "请填写日期")
WARNING = Problem(Where("台账.xlsx"), "多了一列", "请核对", "warning")


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (Where("a.xlsx", "表", "B17"), "a.xlsx · 表 · B17"),
        (Where("a.xlsx", "表"), "a.xlsx · 表"),
        (Where("a.xlsx", item="B17"), "a.xlsx · B17"),
        (Where("a.xlsx"), "a.xlsx"),
    ],
)
def test_a_place_in_words(where: Where, text: str) -> None:
    assert str(where) == text


def test_a_problem_has_a_place_a_mistake_and_a_repair() -> None:
    assert str(ERROR) == "台账.xlsx · 纠纷 · B17: “x”不是日期 → 请填写日期"
    assert WARNING.as_dict() == {
        "where": "台账.xlsx",
        "what": "多了一列",
        "repair": "请核对",
        "severity": "warning",
    }


@pytest.mark.parametrize(("error", "code"), [(InputError, 1), (UsageError, 2), (InternalError, 3), (GovkitError, 3)])
def test_exit_codes(error: type[GovkitError], code: int) -> None:
    assert error(ERROR).exit_code == code


def test_an_error_carries_all_its_problems() -> None:
    error = InputError(iter([ERROR, WARNING]))
    assert error.problems == (ERROR, WARNING)
    assert str(error) == f"{ERROR}\n{WARNING}"
    assert InputError(ERROR).problems == (ERROR,)


@pytest.mark.parametrize("problems", [[], [WARNING], [WARNING, WARNING]])
def test_warnings_refuse_nothing(problems: list[Problem]) -> None:
    refuse(problems)


def test_one_error_refuses_and_all_are_reported() -> None:
    with pytest.raises(InputError) as refused:
        refuse([WARNING, ERROR])
    assert refused.value.problems == (WARNING, ERROR)

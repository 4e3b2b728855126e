"""Names complete and explain themselves: through jedi, and in a real kernel as JupyterLab asks it."""

import inspect
from collections.abc import Iterator
from typing import Any

import jedi
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

import govkit
from govkit.figures.lookup import PlaceRegister
from govkit.figures.snapshot import Snapshot
from tests.widgets.test_escaping import HOSTILE

METHODS = ["ledgers", "indicators", "places", "ledger", "indicator", "compare", "figures", "measure", "units"]
QUESTIONS = ["ageing", "appraisal_points", "funnel", "seasonal", "settled_within", "silent_units"]


def names_of(snapshot: Snapshot) -> dict[str, Any]:
    """Return what a notebook has after its first cell, one name for each kind of object that an analyst holds."""
    figures = snapshot.figures("", "2015-09")
    table = snapshot.indicator(["G4"], periods="2015")
    names = {"govkit": govkit, "snapshot": snapshot, "figures": figures, "public": snapshot.public, "table": table}
    names |= {"rate": snapshot.measure("G6"), "count": snapshot.measure("G4"), "figure": figures["G4"]}
    return names | {"ledger": snapshot.declared("disputes"), "place": snapshot.place(), "month": snapshot.month()}


def completed(code: str, names: dict[str, Any]) -> set[str]:
    return {found.name for found in jedi.Interpreter(code, [names]).complete()}


@pytest.mark.parametrize(
    ("code", "offered"),
    [
        ("govkit.", ["open", "render", "list_reports", "Snapshot", "Figures", "analysis", "charts"]),
        ("govkit.analysis.", QUESTIONS),
        ("govkit.charts.", ["bars", "shares", "trend", "timeline"]),
        ("snapshot.", METHODS),
        ("public.", METHODS),
        ("snapshot.ind", ["indicator", "indicators"]),
        ("snapshot.places.", ["find", "at", "district"]),
        ("snapshot.ledger('disputes').", ["to_excel", "labelled", "groupby"]),
        ("snapshot.figures().", ["by_unit", "headline", "overdue"]),
        ("govkit.open().", METHODS),
        ("figures.", ["by_unit", "headline", "overdue", "trend", "unit_level"]),
        ("table.", ["to_excel", "labelled", "plot"]),
        ("rate.", ["numerator", "denominator", "definition", "levels"]),
        ("count.", ["ledger", "unit", "levels"]),
        ("figure.", ["value", "change", "ytd"]),
        ("ledger.", ["columns", "title"]),
        ("place.", ["code", "name"]),
        ("month.", ["label", "previous"]),
    ],
)
def test_jedi_offers_what_is_there(snapshot: Snapshot, code: str, offered: list[str]) -> None:
    found = completed(code, names_of(snapshot))
    assert set(offered) <= found


@pytest.mark.parametrize("code", ["snapshot.indicator(", "snapshot.compare(", "govkit.analysis.ageing("])
def test_jedi_shows_the_levels_that_by_may_be(snapshot: Snapshot, code: str) -> None:
    signature = jedi.Interpreter(code, [names_of(snapshot)]).get_signatures()[0].to_string()
    assert "by: Literal['district', 'township', 'village']" in signature


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_has_an_example(name: str) -> None:
    assert ">>>" in (inspect.getdoc(getattr(govkit.analysis, name)) or "")
    assert name in dir(govkit.analysis)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_what_it_takes_and_returns(name: str) -> None:
    if name == "places":
        return  # an attribute that can be called
    text = inspect.getdoc(getattr(Snapshot, name)) or ""
    assert ">>>" in text
    assert all(f":param {word}:" in text for word in list(inspect.signature(getattr(Snapshot, name)).parameters)[1:])


def test_key_completion_offers_codes_and_chinese_names(snapshot: Snapshot) -> None:
    assert {"G4", "排查矛盾纠纷", "化解率"} <= set(snapshot.figures()._ipython_key_completions_())


def test_reprs_show_what_is_there_and_escape_it(snapshot: Snapshot) -> None:
    html = snapshot._repr_html_()
    for word in ("矛盾纠纷台账", "化解率", "乡镇（街道）", "2015-01至2015-12", "样例数据"):
        assert word in html
    assert repr(snapshot.places) == "PlaceRegister('示范区': 区1、乡镇（街道）6、村104)"
    assert "北西尚村" in PlaceRegister._repr_html_(snapshot.places)
    hostile = snapshot.ledger("disputes").head(1).assign(kind=HOSTILE)
    assert HOSTILE not in str(hostile.to_html())
    shown: Any = hostile
    assert "<script" not in shown._repr_html_()


@pytest.fixture(scope="module")
def client(snapshot: Snapshot) -> Iterator[BlockingKernelClient]:
    """Run a kernel in which the first cell of a notebook has run."""
    manager, running = start_new_kernel(kernel_name="python3", startup_timeout=120)
    try:
        first = (
            f"import govkit\nsnapshot = govkit.open({snapshot.store.url!r})\nfigures = snapshot.figures('', '2015-09')"
        )
        assert running.execute_interactive(first, timeout=120, output_hook=print)["content"]["status"] == "ok"
        yield running
    finally:
        running.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "offered"),
    [
        ("govkit.", ["open", "analysis", "charts"]),
        ("snapshot.", ["indicator", "ledgers"]),
        ("snapshot.compa", ["compare"]),
        ("govkit.analysis.", QUESTIONS),
        ("figures.", ["by_unit", "overdue"]),
        ('figures["', ["G4", "化解率"]),
        ('figures["化解', ["化解率"]),
        ("snapshot.indicator('G4', per", ["period=", "periods="]),
    ],
)
def test_the_kernel_completes(client: BlockingKernelClient, code: str, offered: list[str]) -> None:
    reply = client.complete(code, len(code), reply=True, timeout=60)["content"]
    assert reply["status"] == "ok"
    found = {match.rpartition(".")[2].strip("\"']") for match in reply["matches"]}
    assert set(offered) <= found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("snapshot.indicator", ["by: ", "periods", ">>> snapshot.indicator("]),
        ("govkit.analysis.ageing", ["bounds", ">>> ageing("]),
        ("govkit.charts.bars", ["caption", ">>> "]),
        ("snapshot.places", ["PlaceRegister", "示范区"]),
        ("figures", ["Figures"]),
    ],
)
def test_the_kernel_explains(client: BlockingKernelClient, code: str, said: list[str]) -> None:
    reply = client.inspect(code, len(code), reply=True, timeout=60)["content"]
    assert reply["found"]
    assert all(word in reply["data"]["text/plain"] for word in said)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("snapshot", ["text/html", "text/plain"]),
        ("figures", ["text/html", "text/plain"]),
        ("snapshot.places", ["text/html", "text/plain"]),
        ("snapshot.indicator(['G4'], periods='quarter')", ["text/html", "text/plain"]),
    ],
)
def test_the_kernel_shows_tables(client: BlockingKernelClient, code: str, shown: list[str]) -> None:
    outputs: list[dict[str, Any]] = []
    client.execute_interactive(code, timeout=60, output_hook=outputs.append)
    data = [message["content"]["data"] for message in outputs if message["msg_type"] == "execute_result"]
    assert [set(shown) <= set(one) for one in data] == [True]
    assert "<table" in data[0]["text/html"]


@pytest.mark.slow
def test_an_unknown_name_is_a_sentence_without_a_traceback(client: BlockingKernelClient) -> None:
    outputs: list[dict[str, Any]] = []
    client.execute_interactive("snapshot.indicator('化解绿')", timeout=60, output_hook=outputs.append)
    [error] = [message["content"] for message in outputs if message["msg_type"] == "error"]
    assert error["ename"] == "InputError"
    assert "化解率（G6）" in "".join(error["traceback"])
    assert "File" not in "".join(error["traceback"])

"""What each format costs beside nbconvert's own HTML, on the same executed notebook, in one run.

``pytest tests/benchmarks/test_formats_benchmark.py --benchmark-enable --benchmark-columns=median``
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbconvert import HTMLExporter

from govkit.rendering.content import blocks as b
from govkit.rendering.content import charts as c
from govkit.rendering.formats import FORMATS, export, export_all

pytestmark = pytest.mark.no_cover


@pytest.fixture(scope="module")
def notebook() -> Any:
    frame = pd.DataFrame({"单位": [f"第{n}乡" for n in range(6)], "排查（件）": range(20, 26)})
    shown = [b.title("通报"), b.section("情况"), b.say("全区情况如下。"), b.table(frame, "排查情况")]
    outputs = [nbformat.v4.new_output("display_data", data=block._repr_mimebundle_()) for block in shown]
    data, metadata = c.bars(frame, "单位", "排查（件）", caption="排查数")._repr_mimebundle_()
    outputs.append(nbformat.v4.new_output("display_data", data=data, metadata=metadata))
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show()", outputs=outputs)])


PEER = HTMLExporter()
ROUTES: dict[str, Callable[[Any], Any]] = {
    "nbconvert's html, exporter kept warm": PEER.from_notebook_node,
    **{fmt: partial(export, fmt=fmt) for fmt in FORMATS},
    "all three at once": export_all,
}


@pytest.mark.benchmark(group="formats")
@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
def test_a_small_report(route: Callable[[Any], Any], notebook: Any, benchmark: Any) -> None:
    assert benchmark.pedantic(route, args=(notebook,), rounds=5, warmup_rounds=1)

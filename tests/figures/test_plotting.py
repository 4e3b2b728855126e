"""Charts of pandas have Chinese characters without any setting, once a snapshot is open."""

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import matplotlib as mpl
import pytest

from govkit.figures.snapshot import Snapshot, open_snapshot


@pytest.fixture(autouse=True)
def drawn() -> Iterator[None]:
    """Draw without a screen, and leave the settings as they were."""
    with mpl.rc_context({"backend": "agg"}):
        yield
    import matplotlib.pyplot as plt

    plt.close("all")


def draw(axes: Any) -> None:
    """Draw a chart into memory; a missing glyph is a warning, and every warning is an error here."""
    axes = getattr(axes, "flat", [axes])[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        axes.figure.savefig(BytesIO(), format="png")


CHARTS: list[Callable[[Any], Any]] = [
    lambda frame: frame.plot(title="各乡镇（街道）排查矛盾纠纷"),
    lambda frame: frame.plot.bar(),
    lambda frame: frame.sum().plot.barh(title="合计"),
    lambda frame: frame["阳庙镇"].plot(),
    lambda frame: frame["阳庙镇"].plot.hist(),
    lambda frame: frame.plot.scatter(x="阳庙镇", y="宁郭镇"),
    lambda frame: frame.plot("阳庙镇", "宁郭镇", kind="scatter"),
    lambda frame: frame.plot.box(),
    lambda frame: frame.hist(),
    lambda frame: frame["阳庙镇"].hist(),
    lambda frame: frame.boxplot(),
    lambda frame: (frame - frame.mean()).plot(),  # minus signs
]


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_has_every_character(snapshot: Snapshot, chart: Callable[[Any], Any]) -> None:
    open_snapshot(snapshot.store.url)
    frame = snapshot.indicator("G4", by="township", periods="month", wide=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(chart(frame))


def test_words_added_later_have_them_too(snapshot: Snapshot) -> None:
    open_snapshot(snapshot.store.url)
    axes = snapshot.indicator("G4", by="township", periods="month", wide=True).plot()
    axes.set_title("逐月排查数")
    axes.annotate("高峰", (5, 20))
    axes.legend(title="单位")
    draw(axes)


@pytest.mark.parametrize(
    ("chosen", "kept"), [("matplotlib", "govkit.figures.plotting"), ("made_up_backend", "made_up_backend")]
)
def test_another_backend_that_the_user_chose_is_kept(snapshot: Snapshot, chosen: str, kept: str) -> None:
    code = f"""
import sys, types, pandas as pd
other = types.ModuleType("made_up_backend"); other.plot = lambda *a, **k: None
sys.modules["made_up_backend"] = other
pd.set_option("plotting.backend", {chosen!r})
import govkit
govkit.open({snapshot.store.url!r})
print(pd.get_option("plotting.backend"), "matplotlib" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [kept, "False"]

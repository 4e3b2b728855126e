"""The content of a report notebook: blocks, charts and wording. Knows no institution.

In a report notebook::

    from govkit.reports.services import r  # the module of any report has it

    r.title("基层四项基础制度运行情况通报", "（2015年9月）")
    r.section("总体情况")
    r.say("本月排查矛盾纠纷{found}，{change}。", found=r.number(157, "件"), change=r.change(157, 145, "件"))
    r.table(frame, "各乡镇（街道）排查化解情况")
    r.bars(frame, "单位", "排查数", caption="各乡镇（街道）排查数")

Blocks and charts display at once and return nothing, so that a cell may hold several. The same names in
:mod:`govkit.rendering.content.blocks` and :mod:`govkit.rendering.content.charts` return the block instead.
"""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

from govkit.rendering.content.wording import (
    NOTHING,
    UNKNOWN,
    change,
    date,
    figure,
    heading_number,
    joined,
    month,
    number,
    numeral,
    percent,
    rate,
    year_to_date,
    yuan,
)

_SHOWN = {
    **dict.fromkeys(["notice", "provenance", "say", "section", "signature", "table", "title", "unchecked"], "blocks"),
    **dict.fromkeys(["addressee", "annex", "annex_list", "imprint", "letterhead"], "official"),
    **dict.fromkeys(["bars", "shares", "timeline", "trend"], "charts"),
}

__all__ = [
    "NOTHING",
    "UNKNOWN",
    "addressee",
    "annex",
    "annex_list",
    "bars",
    "change",
    "date",
    "figure",
    "heading_number",
    "imprint",
    "joined",
    "letterhead",
    "month",
    "notice",
    "number",
    "numeral",
    "percent",
    "provenance",
    "rate",
    "say",
    "section",
    "shares",
    "signature",
    "table",
    "timeline",
    "title",
    "trend",
    "unchecked",
    "year_to_date",
    "yuan",
]


def __getattr__(name: str) -> Any:
    """Return a block or chart function that displays; its module is imported when first asked for."""
    if name not in _SHOWN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    function = _displaying(getattr(import_module(f"govkit.rendering.content.{_SHOWN[name]}"), name))
    globals()[name] = function
    return function


def _displaying(build: Callable[..., object]) -> Callable[..., None]:
    @wraps(build)
    def shown(*args: Any, **values: Any) -> None:
        from IPython.display import display

        display(build(*args, **values))

    return shown

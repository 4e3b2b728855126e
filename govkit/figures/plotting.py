"""The plotting backend that :func:`govkit.open` gives to pandas: matplotlib with a font that has Chinese characters.

``frame.plot`` of any frame then draws Chinese titles and labels without further settings. The font is Noto Sans, as in
the charts of reports (:mod:`govkit.rendering.content.charts`), so a chart is the same picture on every machine.
"""

from typing import Any

import pandas as pd

_MATPLOTLIB = "matplotlib"


def use_chinese_font() -> None:
    """Make matplotlib draw with the font of the reports' charts, in this process from now on.

    >>> use_chinese_font()
    >>> import matplotlib
    >>> matplotlib.rcParams["font.family"][0]
    'Noto Sans CJK SC'
    """
    from matplotlib import font_manager, rcParams

    from govkit.rendering.fonts import chart_font

    face = chart_font()
    families = list(rcParams["font.family"])
    if face.family not in families:
        font_manager.fontManager.addfont(face.path)
        rcParams["font.family"] = [face.family, *families]
        rcParams["axes.unicode_minus"] = False


def plot_in_chinese() -> None:
    """Make this module the plotting backend of pandas, unless the user chose another than matplotlib.

    >>> plot_in_chinese()
    >>> pd.get_option("plotting.backend")
    'govkit.figures.plotting'
    """
    if pd.get_option("plotting.backend") == _MATPLOTLIB:
        pd.set_option("plotting.backend", __name__)


def plot(data: "pd.DataFrame | pd.Series[Any]", kind: str, **options: Any) -> Any:
    """Draw a frame or a series as pandas does with matplotlib; pandas calls this for ``data.plot``."""
    use_chinese_font()
    given = {name: value for name, value in options.items() if name not in ("x", "y") or value is not None}
    accessor: Any = data.plot
    return accessor(kind=kind, backend=_MATPLOTLIB, **given)


def hist_frame(data: pd.DataFrame, **options: Any) -> Any:
    """Draw a histogram per column; pandas calls this for ``frame.hist``."""
    use_chinese_font()
    return data.hist(backend=_MATPLOTLIB, **options)


def hist_series(data: "pd.Series[Any]", **options: Any) -> Any:
    """Draw a histogram; pandas calls this for ``series.hist``."""
    use_chinese_font()
    return data.hist(backend=_MATPLOTLIB, **options)


def boxplot_frame(data: pd.DataFrame, **options: Any) -> Any:
    """Draw box plots; pandas calls this for ``frame.boxplot``."""
    use_chinese_font()
    return data.boxplot(backend=_MATPLOTLIB, **options)

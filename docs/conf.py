"""Sphinx configuration: a Chinese site that builds and reads without a network.

Build it with ``python -m sphinx -W --keep-going -b html docs build/site``.
"""

import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from chinese_search import ChineseSearch  # noqa: E402 - found by the path above

import govkit  # noqa: E402 - found by the path above

project = "govkit"
author = "The govkit authors"
version = release = govkit.__version__
language = "zh_CN"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
nitpicky = True
# Short names of types that are not public.
nitpick_ignore = [("py:class", name) for name in ("Value", "Table", "Parameters", "Checked")]
nitpick_ignore += [("py:exc", "UsageError")]
nitpick_ignore_regex = [
    # Other packages: no inventory offline.
    (r"py:.*", r"(pandas|pd|pathlib|collections|datetime|dt|typing|os|narwhals)\..*"),
    (r"py:.*", r"govkit\.\w+\..*"),  # inside the package: not on the page of the public names
]
show_warning_types = True
suppress_warnings = ["misc.highlighting_failure"]  # Pygments rejects the ideographic space in plain YAML values

myst_heading_anchors = 3
myst_enable_extensions = ["attrs_block"]

html_theme = "furo"
html_title = f"govkit {version}"
html_show_sourcelink = False
html_copy_source = False
html_search_language = "zh"

autodoc_typehints = "description"
autodoc_member_order = "bysource"


def setup(app: Sphinx) -> None:
    """Register the search of Chinese text."""
    app.add_search_language(ChineseSearch)

"""Pandoc, called as it is: bytes in, bytes out, no shell, no network."""

import json
import os
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from govkit.errors import Fault, Problem, Where
from govkit.i18n import gettext as _

Node = dict[str, Any]
"""A node of pandoc's document tree: its type under ``t``, its content under ``c``."""

# Nothing raw, no TeX, no citations: what is not marked up by us is text.
_OFF = (
    "raw_html raw_tex raw_attribute tex_math_dollars latex_macros citations smart yaml_metadata_block "
    "pandoc_title_block native_divs native_spans markdown_in_html_blocks auto_identifiers implicit_figures "
    "example_lists inline_code_attributes"
)
READER = "markdown" + "".join(f"-{name}" for name in _OFF.split())

_SECONDS = 120


def read(markdown: str) -> Node:
    """Return the document tree of pandoc markdown."""
    tree: Node = json.loads(_run(markdown.encode(), ["-f", READER, "-t", "json", "--sandbox"]))
    return tree


def write(tree: Node, to: str, options: Sequence[str] = ()) -> bytes:
    """Return a document tree in a format of pandoc's."""
    return _run(json.dumps(tree).encode(), ["-f", "json", "-t", to, *options])


@cache
def program() -> str:
    """Return the path of the pandoc that came with pypandoc_binary, else of the one on the PATH."""
    import pypandoc

    name = "pandoc.exe" if os.name == "nt" else "pandoc"
    own = Path(pypandoc.__file__).parent / "files" / name  # asking pypandoc for it costs half a second
    return str(own if own.is_file() else pypandoc.get_pandoc_path())


def _run(given: bytes, arguments: Sequence[str]) -> bytes:
    try:
        done = subprocess.run([program(), *arguments], input=given, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _fault(str(error)) from error
    if done.returncode:
        raise _fault(done.stderr.decode(errors="replace").strip())
    return done.stdout


def _fault(said: str) -> Fault:
    what = _("pandoc failed: {said}").format(said=said)
    return Fault(Problem(Where("pandoc"), what, _("Install it again: pip install --force-reinstall pypandoc_binary")))

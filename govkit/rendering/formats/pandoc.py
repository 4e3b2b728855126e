"""Pandoc, called as it is: bytes in, bytes out, no shell, no network."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from govkit.core.errors import InternalError, Problem, Where
from govkit.core.i18n import gettext as _

Node = dict[str, Any]
"""A node of pandoc's document tree: its type under ``t``, its content under ``c``."""

# Nothing raw, no TeX, no citations: anything that our blocks do not mark up is text.
_OFF = (
    "raw_html raw_tex raw_attribute tex_math_dollars latex_macros citations smart yaml_metadata_block "
    "pandoc_title_block native_divs native_spans markdown_in_html_blocks auto_identifiers implicit_figures "
    "example_lists inline_code_attributes"
)
READER = "markdown" + "".join(f"-{name}" for name in _OFF.split())

_SECONDS = 120


class PandocError(InternalError):
    """Pandoc gave no document. ``code`` is its exit code, negative for a signal; None if it did not end by itself."""

    def __init__(self, said: str, code: int | None = None) -> None:
        what = _("pandoc failed: {said}").format(said=said)
        repair = _("Install it again: pip install --force-reinstall pypandoc_binary")
        if code is not None and code < 0:
            what = _("its process was ended by the signal {name}").format(name=signal.Signals(-code).name)
            repair = _("Render it again; if it dies again, look for what the machine has too little of")
        super().__init__(Problem(Where("pandoc"), what, repair))
        self.code = code


def read(markdown: str) -> Node:
    """Return the document tree of pandoc markdown."""
    tree: Node = json.loads(_run(markdown.encode(), ["-f", READER, "-t", "json", "--sandbox"]))
    return tree


def write(tree: Node, to: str, options: Sequence[str] = ()) -> bytes:
    """Return a document tree in one of pandoc's formats."""
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
        raise PandocError(str(error)) from error
    if done.returncode:
        raise PandocError(done.stderr.decode(errors="replace").strip(), done.returncode)
    return done.stdout


def text_of(node: Any) -> str:
    """Return the words in a node or a list of nodes; breaks are spaces."""
    if isinstance(node, list):
        return "".join(map(text_of, node))
    if not isinstance(node, dict):
        return ""
    if node["t"] in {"Str", "Code", "CodeBlock"}:
        return str(node["c"] if node["t"] == "Str" else node["c"][1])
    if node["t"] in {"Space", "SoftBreak", "LineBreak"}:
        return " "
    return text_of(node.get("c", []))


def walk(node: Any) -> Iterator[Node]:
    """Yield every node below and including ``node``, parents first."""
    if isinstance(node, list):
        for item in node:
            yield from walk(item)
    elif isinstance(node, dict):
        if "t" in node:
            yield node
        for value in node.values():
            yield from walk(value)


def replaced(node: Any, change: Callable[[Node], list[Node] | None]) -> Any:
    """Return a copy of ``node`` in which ``change`` has put a list of nodes in place of each node it knows.

    ``change`` returns None to keep a node; it gets children before parents.
    """
    if isinstance(node, dict):
        return {key: replaced(value, change) for key, value in node.items()}
    if not isinstance(node, list):
        return node
    items: list[Any] = []
    for item in node:
        copy = replaced(item, change)
        put = change(copy) if isinstance(copy, dict) and "t" in copy else None
        items.extend([copy] if put is None else put)
    return items


def kind(node: Node) -> str:
    """Return the ``gk-`` class of a Div, without the prefix, or an empty text."""
    classes = node["c"][0][1] if node["t"] == "Div" else []
    return next((name.removeprefix("gk-") for name in classes if name.startswith("gk-")), "")


def settings(node: Node) -> dict[str, str]:
    """Return the attributes of a Div."""
    return dict(node["c"][0][2])


def div(name: str, blocks: list[Node], attributes: Mapping[str, str] | None = None) -> Node:
    """Return a Div of class ``gk-name``."""
    return {"t": "Div", "c": [["", [f"gk-{name}"], [[k, v] for k, v in (attributes or {}).items()]], blocks]}


def styled(style: str, blocks: list[Node]) -> Node:
    """Return a Div whose paragraphs take a named style in Word."""
    return {"t": "Div", "c": [["", [], [["custom-style", style]]], blocks]}


def raw(fmt: str, text: str) -> Node:
    """Return a block handed to one format as it is."""
    return {"t": "RawBlock", "c": [fmt, text]}


def words(text: str) -> list[Node]:
    """Return a text as inlines."""
    nodes: list[Node] = []
    for number, word in enumerate(text.split(" ")):
        nodes.extend([{"t": "Space"}] if number else [])
        nodes.extend([{"t": "Str", "c": word}] if word else [])
    return nodes


def text(words: str) -> Node:
    """Return a text without a place to break as one inline."""
    return {"t": "Str", "c": words}


def paragraph(inlines: list[Node]) -> Node:
    """Return a paragraph."""
    return {"t": "Para", "c": inlines}


def picture(target: str, alt: str, width_mm: float) -> Node:
    """Return a paragraph that holds one picture of a given width."""
    size = ["", [], [["width", f"{width_mm:.1f}mm"]]]
    return paragraph([{"t": "Image", "c": [size, words(alt), [target, ""]]}])

"""Building and walking pandoc's document tree."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from govkit.reports.formats.pandoc import Node


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

    ``change`` returns None for a node that stays; it sees children before parents.
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


def paragraph(inlines: list[Node]) -> Node:
    """Return a paragraph."""
    return {"t": "Para", "c": inlines}


def picture(target: str, alt: str, width_mm: float) -> Node:
    """Return a paragraph that holds one picture of a given width."""
    size = ["", [], [["width", f"{width_mm:.1f}mm"]]]
    return paragraph([{"t": "Image", "c": [size, words(alt), [target, ""]]}])

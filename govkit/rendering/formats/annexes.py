"""The annexes of an official document: numbered, listed below its text, each from a page of its own."""

from itertools import pairwise

from govkit.rendering.formats import pandoc
from govkit.rendering.formats.pandoc import Node


def annexed(blocks: list[Node]) -> list[Node]:
    """Return the blocks with the annexes numbered and listed, those without content left out, and the imprint last."""
    kept = [
        block
        for block, after in pairwise([*blocks, None])
        if block is not None and not (_is(block, "annex") and (after is None or _is(after, "annex", "imprint")))
    ]
    titles = [pandoc.text_of(block["c"][1]) for block in kept if _is(block, "annex")]
    numbers = iter([""] if len(titles) == 1 else map(str, range(1, len(titles) + 1)))
    body = []
    for block in kept:
        if _is(block, "annexes"):
            body += [_list(titles)] if titles else []
        elif _is(block, "annex"):
            body.append(pandoc.div("annex", block["c"][1], {"number": next(numbers)}))
        elif not _is(block, "imprint"):
            body.append(block)
    return [*body, *(block for block in kept if _is(block, "imprint"))]


def _is(block: Node | None, *kinds: str) -> bool:
    return block is not None and pandoc.kind(block) in kinds


def _list(titles: list[str]) -> Node:
    """Return the list of annexes as a Div of lines, each with its number where there are several."""
    numbers = [""] if len(titles) == 1 else [f"{number}." for number in range(1, len(titles) + 1)]
    return pandoc.div(
        "annexes", [pandoc.paragraph(pandoc.words(f"{n}{t}")) for n, t in zip(numbers, titles, strict=True)]
    )

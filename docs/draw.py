"""Draw the two walks and the layers as SVG files: ``python docs/draw.py`` writes ``docs/images/*.svg``.

A step is one box: what happens, the modules that do it, the process it runs in, and what it hands to the next step.
"""

from dataclasses import dataclass
from html import escape
from pathlib import Path

IMAGES = Path(__file__).parent / "images"
WIDTH, BOX, GAP, LEFT = 760, 52, 34, 170


@dataclass(frozen=True)
class Step:
    """One step of a walk."""

    process: str
    what: str
    modules: tuple[str, ...]
    hands_on: str = ""


LEDGERS = (
    Step("govkit ledger import", "parse the command", ("cli.ledger",), "workbooks"),
    Step("reading process", "read cells, within limits", ("ledgers.read.workbook", "ledgers.read.sheets"), "cells"),
    Step("govkit ledger import", "check against declarations", ("ledgers.check", "ledgers.declare"), "accepted rows"),
    Step("govkit ledger import", "commit one version", ("ledgers.store", "ledgers.commit"), "version n"),
    Step("govkit report render", "open the store as of n", ("cli.report", "figures.snapshot"), "Snapshot"),
    Step("govkit report render", "request to jobs, input hashes", ("reports.cache_key", "reports.plan"), "jobs"),
    Step("govkit report render", "hand out jobs, keep the manifest", ("rendering.batch",), "job"),
    Step("fork server", "fork a process for each report", ("rendering.engine.forkserver",), "job"),
    Step("worker", "run the notebook", ("rendering.engine.worker", "rendering.engine.papermill_engine"), "cells"),
    Step("kernel", "figures of the place and month", ("figures.figure", "ledgers.indicator"), "Figures"),
    Step("kernel", "sentences, tables, charts", ("reports.monthly_bulletin", "rendering.content.blocks"), "outputs"),
    Step("worker", "one document, three formats", ("rendering.formats.document", "rendering.formats"), "files"),
    Step("worker", "privacy check, if public", ("reports.publication",), "html · docx · pdf"),
)
EXAMS = (
    Step("govkit exam assemble", "read and check the bank", ("exams.bank.bank", "exams.bank.questions"), "questions"),
    Step("govkit exam assemble", "choose by integer programme", ("exams.paper.assembly",), "paper, key"),
    Step("govkit exam assemble", "write paper, seal key", ("exams.paper.paper", "exams.paper.key"), "paper-A.json"),
    Step("govkit exam serve", "open a room from the folder", ("cli.serve", "room.opening"), "rows"),
    Step("room server", "route requests", ("room.http.server", "room.http.app"), "request"),
    Step("room server", "pages and endpoints", ("room.http.views", "room.http.api"), "request"),
    Step("room server", "rules: who may answer when", ("room.http.service", "room.domain.room"), "rows"),
    Step("room server", "durable, then acknowledged", ("room.storage.sqlite",), "answers"),
    Step("room server", "export", ("room.exam_folder",), "responses.csv"),
    Step("govkit exam mark", "open the key, mark", ("exams.exam", "exams.marking.marking"), "marks.csv"),
    Step("govkit exam analyse", "item statistics", ("exams.results.analysis", "exams.results.statistics"), "items.csv"),
    Step("govkit exam results", "results by unit", ("cli.exam_reports", "exams.results.results"), "results"),
)
LAYERS = (
    ("cli",),
    ("demo",),
    ("widgets",),
    ("reports", "room"),
    ("figures", "exams"),
    ("institutions",),
    ("ledgers", "rendering"),
    ("core",),
)
_COLOURS = ("#dbeafe", "#dcfce7", "#fef3c7", "#fce7f3", "#ede9fe", "#ccfbf1")
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{label}" '
    'font-family="sans-serif" font-size="14"><rect width="100%" height="100%" fill="#ffffff"/>'
    '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="#374151"/></marker></defs>\n'
)


def text(x: float, y: float, words: str, style: str = "") -> str:
    """Return a line of text."""
    return f'<text x="{x:g}" y="{y:g}" {style}>{escape(words)}</text>\n'


def walk(label: str, steps: tuple[Step, ...]) -> str:
    """Return the drawing of a walk, from top to bottom; the colour of a box is its process."""
    processes = list(dict.fromkeys(step.process for step in steps))
    parts = [_HEAD.format(width=WIDTH, height=len(steps) * (BOX + GAP) + 10, label=escape(label))]
    for at, step in enumerate(steps):
        y = 10 + at * (BOX + GAP)
        colour = _COLOURS[processes.index(step.process) % len(_COLOURS)]
        box = f'x="{LEFT}" y="{y}" width="{WIDTH - LEFT - 10}" height="{BOX}" rx="6" fill="{colour}" stroke="#374151"'
        parts.append(f"<rect {box}/>\n")
        parts.append(text(LEFT - 10, y + 31, step.process, 'text-anchor="end" fill="#374151"'))
        parts.append(text(LEFT + 14, y + 21, step.what, 'font-weight="bold"'))
        parts.append(text(LEFT + 14, y + 41, "  ·  ".join(step.modules), 'font-family="monospace" font-size="13"'))
        middle = LEFT + 60
        if at + 1 < len(steps):
            line = f'x1="{middle}" y1="{y + BOX}" x2="{middle}" y2="{y + BOX + GAP}" stroke="#374151"'
            parts.append(f'<line {line} marker-end="url(#a)"/>\n')
        parts.append(text(middle + 12, y + BOX + 22, step.hands_on, 'fill="#374151" font-style="italic"'))
    return "".join(parts) + "</svg>\n"


def layers() -> str:
    """Return the drawing of the layers: a room imports what stands below it, and nothing beside it."""
    parts = [_HEAD.format(width=WIDTH, height=len(LAYERS) * 52 + 10, label="layers")]
    for at, rooms in enumerate(LAYERS):
        wide = (WIDTH - 20 - 10 * (len(rooms) - 1)) / len(rooms)
        for column, room in enumerate(rooms):
            x, y = 10 + column * (wide + 10), 10 + at * 52
            parts.append(f'<rect x="{x:g}" y="{y}" width="{wide:g}" height="42" rx="6" fill="{_COLOURS[0]}"/>\n')
            parts.append(text(x + wide / 2, y + 27, room, 'text-anchor="middle" font-family="monospace"'))
    return "".join(parts) + "</svg>\n"


def drawings() -> dict[str, str]:
    """Return every drawing by its file name."""
    return {
        "walk-ledgers.svg": walk("from a workbook to a report", LEDGERS),
        "walk-exams.svg": walk("from a question bank to results", EXAMS),
        "layers.svg": layers(),
    }


if __name__ == "__main__":
    for name, drawing in drawings().items():
        (IMAGES / name).write_text(drawing, encoding="utf-8")

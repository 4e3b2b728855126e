"""The list of ordinary phrases: generated from declarations and templates, reviewed, and committed.

``python -m govkit.reports.ordinary_phrases`` writes ``data/privacy/ordinary_phrases.csv``. The privacy check reads that
file and no other text of the kit, so a phrase is excused only after a review of that file's difference.

A phrase is a run of Chinese characters of a ledger's or an indicator's declaration, of a report notebook, or of a
string literal of a report's module. Comments and docstrings are no templates: a name in them is not excused.
"""

import ast
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from govkit.core.files import atomic_write, shipped
from govkit.institutions import indicators, ledgers
from govkit.rendering.catalogue import FOLDER
from govkit.rendering.declaration import declared_parameters
from govkit.rendering.privacy.check import ORDINARY_PHRASES, phrases

MODULES = (
    "reports/*.py",
    "rendering/content/*.py",
    "figures/*.py",
    "exams/results/bulletin.py",
)
"""The modules whose string literals make sentences and tables of documents."""
NOT_IN_DOCUMENTS = {"introductions", "public_wording", "publication", "published"}
NOTEBOOKS = (f"{FOLDER}/*.ipynb", "notebooks/exams/result_bulletin.ipynb")


def generated() -> str:
    """Return the text of the file: a phrase a line, with the first source that holds it."""
    sources: dict[str, str] = {}
    for source, text in (*_declared(), *_notebooks(), *_modules()):
        for phrase in phrases(text):
            sources.setdefault(phrase, source)
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("phrase", "source"))
    writer.writerows(
        (phrase, source) for source, phrase in sorted((source, phrase) for phrase, source in sources.items())
    )
    return lines.getvalue()


def literals(source: str) -> Iterator[str]:
    """Yield the string literals of a module or a cell, without its docstrings.

    >>> list(literals("title = f'甲村{year}年'"))
    ['甲村', '年']
    >>> list(literals("'a docstring'; title = '甲村'  # a comment"))
    ['甲村']
    """
    tree = ast.parse(source)
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.value


def _declared() -> Iterator[tuple[str, str]]:
    for code, ledger in ledgers().items():
        for column in ledger.columns:
            for text in (ledger.title, ledger.about, column.title, column.note, *column.choices):
                yield f"ledger {code}", text
    for code, measure in indicators().items():
        for text in (measure.label, measure.definition):
            yield f"indicator {code}", text


def _notebooks() -> Iterator[tuple[str, str]]:
    for file in (file for pattern in NOTEBOOKS for file in sorted(shipped("").glob(pattern))):
        notebook = json.loads(file.read_text(encoding="utf-8"))
        for text in _of_notebook(notebook):
            yield f"notebook {file.stem}", text


def _of_notebook(notebook: Any) -> Iterator[str]:
    about = notebook["metadata"].get("govkit", {})
    yield from (about.get("title", ""), about.get("description", ""))
    yield from (parameter.help for parameter in declared_parameters(notebook))
    for cell in notebook["cells"]:
        if "remove-cell" in cell["metadata"].get("tags", []):  # not part of the document
            continue
        source = "".join(cell["source"])
        yield from literals(source) if cell["cell_type"] == "code" else [source]


def _modules() -> Iterator[tuple[str, str]]:
    package = Path(__file__).parents[1]
    files = (file for pattern in MODULES for file in sorted(package.glob(pattern)))
    for file in (file for file in files if file.stem not in NOT_IN_DOCUMENTS):
        for text in literals(file.read_text(encoding="utf-8")):
            yield f"module {file.stem}", text


if __name__ == "__main__":
    atomic_write(shipped(ORDINARY_PHRASES), generated().encode())

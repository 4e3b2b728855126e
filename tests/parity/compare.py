"""Run a notebook under an engine, and say where two results differ."""

import copy
import difflib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from papermill.engines import papermill_engines

from govkit.rendering.engine.papermill_engine import GovkitEngine

papermill_engines.register("govkit", GovkitEngine)

STANDARD, OURS = "nbclient", "govkit"
SHOWN = 6
_ID = re.compile(r"\b[0-9a-f]{32}\b|(?<=IPY_MODEL_)[0-9a-f]{32}\b")
_VARYING = (
    (r"(?:CPU times|Wall time): [^\"]*?\\n", "time"),
    (r"ipykernel_\d+/\d+", "ipykernel"),
    (r"0x[0-9a-f]{6,}", "address"),
    (r"\(\d+\.\d+s\)", "(s)"),
    (r"\bThread-\d+", "Thread"),
    (r"\(\d+ times\)", "(n times)"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "uuid"),
    (r"(?<=/)tmp\w{8}\.json", "connection file"),
    (r"\b20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?", "now"),
)
"""What differs between two runs under one engine: times, addresses, ids, numbers of threads, depths of a stack."""


@dataclass(frozen=True)
class Run:
    """What is left of a run: how it ended, the notebook, and the seconds it took."""

    ended: str
    notebook: Any
    seconds: float

    @property
    def normal(self) -> Any:
        """The ending and the notebook without what differs between two runs under one engine."""
        return [self.ended, *normal(self.notebook)]


def run(engine: str, source: Path, folder: Path, **options: Any) -> Run:
    """Run a notebook with a folder as its working directory and return what is left.

    A notebook that names no kernel gets Python's.

    :param options: those of :func:`papermill.execute_notebook`.
    """
    options = {"progress_bar": False, "cwd": folder} | _kernel(source) | options
    target = folder / f"out-{engine}.ipynb"
    target.unlink(missing_ok=True)
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # where it is set, ipykernel does not catch what processes print
    began = time.monotonic()
    ended = ""
    try:
        papermill.execute_notebook(source, target, engine_name=engine, **options)
    except Exception as error:
        ended = next(kind.__name__ for kind in type(error).__mro__ if not kind.__module__.startswith("govkit"))
    seconds = time.monotonic() - began
    left = nbformat.read(target, as_version=4) if target.exists() else nbformat.v4.new_notebook()
    return Run(ended, left, seconds)


def _kernel(source: Path) -> dict[str, str]:
    named = json.loads(source.read_text(encoding="utf-8"))["metadata"].get("kernelspec", {}).get("name")
    return {} if named else {"kernel_name": "python3", "language": "python"}


def run_apart(engine: str, source: Path, scratch: Path, **options: Any) -> Run:
    """Run a notebook in a fresh copy of its folder, which is at one place whatever the engine; else as :func:`run`."""
    folder = scratch / "folder"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source.parent, folder)
    return run(engine, source, folder, **options)


def normal(left: Any) -> Any:
    """Return the notebook without ids and times, and with neighbouring pieces of one stream put together."""
    ids: dict[str, str] = {}
    about = {name: left.metadata.get(name) for name in ("language_info", "kernelspec")}
    about["papermill"] = _told(left.metadata.get("papermill", {}))
    text = json.dumps([_cell(cell) for cell in left.cells] + [_widgets(left.metadata), about])
    for pattern, shown in _VARYING:
        text = re.sub(pattern, shown, text)
    for found in _ID.findall(text):
        ids.setdefault(found, f"id{len(ids)}")
    for found, shown in ids.items():
        text = text.replace(found, shown)
    return json.loads(text)


def _told(about: Any) -> Any:
    """Return what papermill wrote, with times and paths as no more than present or absent."""
    timed = {"start_time", "end_time", "duration", "input_path", "output_path"}
    return {name: value is not None if name in timed else value for name, value in sorted(about.items())}


def _widgets(metadata: Any) -> Any:
    """Return the widgets' state, parents before what they refer to: the file has it in the order of random ids."""
    kept = copy.deepcopy(metadata.get("widgets", {}))
    for states in kept.values():
        written = {model: json.dumps(state, sort_keys=True) for model, state in states["state"].items()}
        order = sorted(written, key=lambda model: (-len(_ID.findall(written[model])), _ID.sub("", written[model])))
        states["state"] = {model: states["state"][model] for model in order}
    return kept


def _cell(cell: Any) -> Any:
    outputs: list[Any] = []
    for output in cell.get("outputs", []):
        before = outputs[-1] if outputs else {}
        if output.output_type == "stream" and before.get("name") == output.name:
            before["text"] += output.text
        else:
            outputs.append(dict(output))
    metadata = dict(cell.metadata)
    told, timed = _told(metadata.pop("papermill", {})), sorted(metadata.pop("execution", {}))
    return [cell.cell_type, cell.source, cell.get("execution_count"), told, timed, metadata, outputs]


def differences(theirs: Run, ours: Run) -> Iterator[str]:
    """Yield a line or more for each place where the two runs differ."""
    if theirs.ended != ours.ended:
        yield f"ended: {theirs.ended or 'well'} | {ours.ended or 'well'}"
    left, right = theirs.normal[1:], ours.normal[1:]
    if len(left) != len(right):
        yield f"cells: {len(left) - 2} | {len(right) - 2}"
    for number, (one, other) in enumerate(zip(left, right, strict=False), 1):
        if one != other:
            name = f"cell {number}" if number <= len(left) - 2 else "metadata"
            before, after = (_lines(each) for each in (one, other))
            changed = [line for line in difflib.unified_diff(before, after, n=0, lineterm="") if line[:2] not in _MARKS]
            yield "\n    ".join([f"{name}:", *(line[:200] for line in changed[:SHOWN])])


_MARKS = {"--", "++", "@@"}


def _lines(value: Any) -> list[str]:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).splitlines()

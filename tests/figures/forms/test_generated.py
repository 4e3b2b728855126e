"""60 generated forms with known truth: what can be answered is, nothing is wrong, the rest stays blank."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from docx import Document
from openpyxl import load_workbook

from govkit.figures.forms.fill import fill_form
from govkit.figures.snapshot import Snapshot
from govkit.institutions import indicators
from tests.figures.forms.generated import TUNED, UNSEEN, Ask, Form, generated

FORMS = [(kind, seed) for kind in TUNED for seed in range(5)] + [(kind, seed) for kind in UNSEEN for seed in range(3)]
assert len(FORMS) == 60
FROM_JANUARY = {"G6"}
TIMES = {("元", "万元"): 1e-4, ("万元", "元"): 1e4}


def truth(snapshot: Snapshot, ask: Ask) -> float | None:
    """What a cell asks for, by the public face; None where it is not certain.

    That is where units have not reported, where a month's rate is asked for and it counts from January, and a total
    where the place has rows of its own besides those of its units.
    """
    code, place, month, to_date, unit = ask
    total = place == "合计"
    if code in FROM_JANUARY and not to_date:
        return None
    found = snapshot.indicator([code], "示范区" if total else place, periods=month, to_date=to_date).iloc[0]
    if found["reported"] < found["expected"] or np.isnan(found["value"]):
        return None
    if total and snapshot.indicator(code, "", month, by="township").sum() != found["value"]:
        return None
    return float(found["value"]) * TIMES.get((indicators()[code].unit, unit), 1)


def written(path: Path) -> dict[tuple[int, int], object]:
    """The cells of a filled form."""
    if path.suffix == ".xlsx":
        return {
            (c.row or 0, c.column or 0): c.value for row in load_workbook(path).worksheets[0].iter_rows() for c in row
        }
    rows = Document(str(path)).tables[0].rows
    return {(r, c): cell.text for r, row in enumerate(rows, 1) for c, cell in enumerate(row.cells, 1)}


def judged(snapshot: Snapshot, form: Form, folder: Path) -> Counter[str]:
    """How many cells are right, missing, wrong, or rightly blank."""
    path = form.save(folder)
    before = path.read_bytes()
    done = fill_form(snapshot, path, period=form.options.get("period", ""))
    assert path.read_bytes() == before
    cells = written(done.path) if done.path else {}
    counts: Counter[str] = Counter()
    for place, ask in form.truth.items():
        expected, found = truth(snapshot, ask) if ask else None, cells.get(place)
        found = None if found in {None, ""} else float(str(found))
        if expected is None:
            verdict = "blank" if found is None else "wrong"
        elif found is None:
            verdict = "missing"
        else:
            verdict = "right" if np.isclose(found, expected, rtol=0, atol=0.0501) else "wrong"
        counts[verdict] += 1
        if verdict in {"missing", "wrong"}:
            print(form.kind, place, ask, expected, found)  # noqa: T201
    kept = {place: text for place, text in form.text.items() if cells and cells.get(place) != text}
    assert not kept
    return counts


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kinds"), [("tuned", TUNED), ("unseen", UNSEEN)])
def test_generated_forms_are_filled_and_nothing_is_wrong(
    name: str, kinds: tuple[str, ...], snapshot: Snapshot, tmp_path: Path
) -> None:
    counts: Counter[str] = Counter()
    for kind, seed in FORMS:
        if kind in kinds:
            folder = tmp_path / f"{kind}-{seed}"
            folder.mkdir()
            counts += judged(snapshot, generated(snapshot, kind, seed), folder)
    print(name, dict(counts))  # noqa: T201
    assert counts["wrong"] == 0
    assert counts["right"] / (counts["right"] + counts["missing"]) >= 0.98

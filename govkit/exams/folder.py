"""The files of an exam folder, and the folder that a notebook means when it names none."""

from pathlib import Path

BLUEPRINT_FILE = "blueprint.yaml"
MARKS_FILE = "marks.csv"
NAMES = ("exam", "demo/exam")
"""Where an exam is looked for: what ``govkit exam assemble`` writes to, then the demonstration's."""


def nearest_exam(given: str | Path = "", holding: str = "blueprint.yaml") -> Path | None:
    """Return the exam folder ``given``, or the nearest one in the current folder or above it; None if there is none.

    :param holding: the file that must be there; a folder named outright is returned whatever it holds.
    """
    if given:
        return Path(given)
    here = Path.cwd()
    places = [here, *(folder / name for folder in (here, *here.parents) for name in NAMES)]
    return next((folder for folder in places if (folder / holding).is_file()), None)

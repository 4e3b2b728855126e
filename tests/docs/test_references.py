"""The generated references are what the code would generate now."""

from pathlib import Path

import pytest

from govkit.cli.reference import command_reference
from govkit.institutions import indicators, ledgers
from govkit.ledgers.dictionary import dictionary
from govkit.ledgers.places import LEVEL_TITLES
from govkit.rendering.catalogue import reports

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("数据字典.md", lambda: dictionary(list(ledgers().values()), list(indicators().values()))),
        ("命令参考.md", command_reference),
    ],
)
def test_references_are_fresh(name: str, written: object) -> None:
    """Write them anew with ``python -m govkit.cli.reference``."""
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == written()  # type: ignore[operator]


def test_the_staff_guide_names_every_report_as_the_catalogue_does() -> None:
    guide = (DOCS / "guides/员工指南.md").read_text(encoding="utf-8")
    for report in reports():
        levels = "、".join(title for level, title in LEVEL_TITLES.items() if level in report.levels)
        assert f"| `{report.name}` | {report.title} | {levels} |" in guide

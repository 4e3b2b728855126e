"""Where a document's figures come from, as its audience may know it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from govkit.figures import Figures


def sources(f: "Figures", report: str, audience: str, **more: object) -> list[tuple[str, str]]:
    """Return the provenance of a report; the public is not told who imported the ledgers."""
    book = f.book
    rows = book.provenance(report, period=f.period.code, place=f.place.name, audience=audience, **more)
    if audience != "public":
        return rows
    version = f"第{book.commit.version}版（{book.commit.time.astimezone():%Y-%m-%d %H:%M}）"
    return [(name, version if name == "台账版本" else value) for name, value in rows]

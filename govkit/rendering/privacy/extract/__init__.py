"""Extraction of all texts of a finished file: visible text, metadata, hidden content. Knows no institution.

:func:`parts` takes a file apart for the privacy check. A file that cannot be taken apart (encrypted, damaged, of an
unknown kind, too large) raises :class:`Unreadable` and is not published.
"""

from govkit.rendering.privacy.extract.kinds import MOST_BYTES, parts
from govkit.rendering.privacy.extract.part import Kind, Part, Unreadable

__all__ = ["MOST_BYTES", "Kind", "Part", "Unreadable", "parts"]

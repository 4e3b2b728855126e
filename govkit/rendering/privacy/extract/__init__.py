"""What a finished file holds, seen or unseen: its text, its metadata, what it hides. Knows no institution.

:func:`parts` takes a file apart for the publication gate. What cannot be taken apart (encrypted, damaged, of an unknown
kind, too large) raises :class:`Unreadable`: a file that nobody can look into is not for the public.
"""

from govkit.rendering.privacy.extract.kinds import MOST_BYTES, parts
from govkit.rendering.privacy.extract.part import Kind, Part, Unreadable

__all__ = ["MOST_BYTES", "Kind", "Part", "Unreadable", "parts"]

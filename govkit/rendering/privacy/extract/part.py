"""One part of a file, and the error for a file that cannot be taken apart."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "column", "about", "author", "hidden", "picture"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file: its place and its text.

    ``text`` is what a reader sees or a search finds; ``column`` is the same read downwards, where characters stand
    below each other by chance; ``about`` is metadata and other words behind the page; ``author``
    names who made the file; ``hidden`` says what the file keeps out of sight, in words; ``picture`` says that there
    is a picture, whose pixels nobody has read: ``pixels`` then returns them as a PNG, JPEG or GIF file.
    """

    place: str
    text: str
    kind: Kind = "text"
    pixels: Callable[[], bytes] | None = None


class Unreadable(Exception):
    """A file cannot be taken apart: the reason and the repair, in the reader's language."""

    def __init__(self, what: str, repair: str, place: str = "") -> None:
        super().__init__(what)
        self.what, self.repair, self.place = what, repair, place

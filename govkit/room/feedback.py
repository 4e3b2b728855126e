"""What a practice room tells after closing: each question's feedback, from a file the trainer supplied then."""

from html import escape

from govkit.exams.answer import decode
from govkit.exams.facehtml import in_words, plain_text
from govkit.i18n import gettext as _
from govkit.room.page import document
from govkit.room.room import Room, Sitting


def feedback_page(room: Room, sitting: Sitting) -> str:
    """Return the page that shows a candidate's own answers, in words, beside the feedback."""
    sheet = room.sheets[sitting.row.form]
    rows = "".join(_row(room, sitting, item) for item in sheet.items)
    heads = "".join(f"<th>{escape(head)}</th>" for head in (_("Question"), _("Your answer"), _("Feedback")))
    letters = _("Letters are those of the printed paper; on the screen the options stood in an order of your own.")
    body_html = (
        f"<main><h1>{escape(room.setting.title)}</h1><p>{escape(letters)}</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></main>"
    )
    return document(room.setting.title, body_html, "feedback")


def _row(room: Room, sitting: Sitting, item: str) -> str:
    face = room.sheets[sitting.row.form].items[item]
    answer = sitting.answers[item].answer if item in sitting.answers else ""
    cells = (
        plain_text(face.stem, face.markup),
        in_words(face, decode(face, answer)),
        (room.feedback or {}).get(item, ""),
    )
    return "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in cells) + "</tr>"

"""The fixed texts of the candidates' pages: those of the templates, and those that the script shows.

The script receives its sentences in the page's data block and fills in their ``{name}`` itself.
"""

from functools import cache
from types import SimpleNamespace

from govkit.core.i18n import gettext as _
from govkit.core.i18n import language
from govkit.room.domain.page_records import Message


def page_text() -> SimpleNamespace:
    """Return the texts of the templates by name, in the language in force."""
    return _page_text(language())


@cache
def _page_text(_language: str) -> SimpleNamespace:
    return SimpleNamespace(
        exams=_("Exams"),
        choose_exam=_("Choose your exam:"),
        no_exam=_("There is no exam to sign in to just now."),
        candidate=_("Admission number"),
        pin=_("PIN"),
        sign_in=_("Sign in"),
        on_slip=_("Number and PIN are on your admission slip. Leaving the page during the exam is logged."),
        who=_("No. {candidate} {name}"),
        who_form=_("No. {candidate} {name} · form {form}"),
        receipt=_("Receipt: {receipt}"),
        needs_script=_(
            "This page needs JavaScript to save answers. Switch it on, or ask the invigilator for another device."
        ),
        skip=_("Skip to the questions"),
        questions=_("The questions"),
        time_left=_("Time left"),
        overview_of=_("Overview of the questions"),
        overview=_("Overview"),
        previous=_("Previous"),
        next=_("Next"),
        finish=_("Check and hand in"),
        hand_in_asked=_("Hand in?"),
        no_way_back=_("After handing in, no answer can be changed."),
        go_on_answering=_("Go on answering"),
        hand_in=_("Hand in now"),
        to_sign_in=_("To the sign-in page"),
        sign_out=_("Sign out"),
        flag=_("Flag"),
        clear=_("Clear this answer"),
        feedback=_("Look at the feedback (there once the trainer has given it)"),
        **_question_text(),
    )


def _question_text() -> dict[str, str]:
    return {
        "question_number": _("Question {number}"),
        "about": _("{type} · {points} points"),
        "picture": _("Picture of the question"),
        "true": _("True"),
        "false": _("False"),
        "blank": _("Blank {number}"),
        "numeric": _("Number"),
        "your_answer": _("Your answer"),
        "choose": _("(choose)"),
        "order_hint": _("Press the items in the right order, the first one first; press one again to take it out."),
        "question": _("Question"),
        "feedback_head": _("Feedback"),
        "letters_of_paper": _(
            "Letters are those of the printed paper; on the screen the options stood in an order of your own."
        ),
    }


def waiting_rules(minutes: int) -> list[str]:
    """Return the rules shown before the start; ``minutes`` 0 leaves the time out."""
    time = [_("You have {minutes} minutes.").format(minutes=minutes)] if minutes else []
    return [
        *time,
        _("Answers are saved at each change; a saved answer says so."),
        _("If the network fails, go on answering: nothing is lost."),
        _("Leaving the page, using another window and leaving full screen are logged; the invigilator sees it."),
    ]


def message(kind: Message) -> tuple[str, str]:
    """Return title and text of a page with a message."""
    return _messages(language())[kind]


@cache
def _messages(_language: str) -> dict[Message, tuple[str, str]]:
    texts = script_texts()
    check_address = _("Check the address on your admission slip.")
    return {
        "submitted": (texts["submitted_title"], texts["submitted"]),
        "closed": (texts["closed_title"], texts["closed"]),
        "void": (texts["void_title"], texts["void"]),
        "moved": (texts["moved_title"], texts["moved"]),
        "signed_out": (_("You are signed out"), _("Sign in with the number and PIN of your admission slip.")),
        "no_room": (_("There is no such exam"), check_address),
        "no_rooms": (_("There is no exam to sign in to just now."), _("Please wait for the trainer.")),
        "not_found": (_("There is no such page"), check_address),
        "too_many": (_("Too many tries"), _("Wait a minute, then try again; or ask the invigilator for a new PIN.")),
        "seb": (_("Open this exam in Safe Exam Browser"), _("Ask the invigilator for the configuration file.")),
        "fault": (_("Something went wrong on the server"), _("Saved answers are safe. Call the invigilator.")),
    }


def script_texts() -> dict[str, str]:
    """Return the script's sentences by name, in the language in force."""
    return _script_texts(language())


@cache
def _script_texts(_language: str) -> dict[str, str]:
    return {**_saving(), **_clock(), **_places(), **_states(), **_logged()}


def _saving() -> dict[str, str]:
    return {
        "saving": _("Saving…"),
        "saved": _("Saved"),
        "kept": _("Not sent yet: kept on this device and sent as soon as the network is back"),
        "late": _("Received after the end; the trainer decides whether it counts"),
        "refused": _("Not saved: {problem}"),
        "answer_saved": _("Question {label} is saved"),
        "all_saved": _("All answers are saved"),
        "unsent": _("{count} answers are not sent yet"),
        "offline": _("The network is down. Go on answering: answers are kept on this device and sent by themselves."),
        "online": _("The network is back; answers are being sent."),
        "busy": _("The server cannot save just now; trying again. Do not close this page."),
        "connecting": _("Connecting to the server…"),
        "no_link": _("No network"),
        "close": _("Close"),
    }


def _clock() -> dict[str, str]:
    return {
        "left": _("{minutes} minutes left"),
        "last_minute": _("1 minute left. Answers are saved by themselves."),
        "time_up": _("Time is up. The last answers are being handed in…"),
        "extended": _("You have more time now"),
    }


def _places() -> dict[str, str]:
    return {
        "one": _("One question at a time"),
        "all": _("All questions"),
        "at": _("Question {number} of {count}"),
        "answered": _("answered"),
        "part_answered": _("partly answered"),
        "unanswered": _("not answered"),
        "flagged": _("flagged"),
        "progress": _("{answered} of {count} answered"),
        "order": _("Your order: {order}"),
        "no_order": _("No order yet"),
        "nothing_open": _("Every question is answered."),
        "open_questions": _("Not answered or partly answered ({count}):"),
        "flagged_questions": _("Flagged ({count}):"),
        "full_screen": _("Full screen"),
        "leave_full_screen": _("Leave full screen"),
    }


def _states() -> dict[str, str]:
    return {
        "waiting_title": _("The exam has not begun"),
        "waiting": _("Please wait. This page goes on by itself when the trainer opens the exam."),
        "takeover_title": _("Waiting for the trainer"),
        "takeover": _("You are signed in on another device. The trainer must approve the change to this one."),
        "paused_title": _("The exam is paused"),
        "paused": _("Your answers are kept and your time stands still. This page goes on by itself."),
        "submitted_title": _("Handed in"),
        "submitted": _("Your paper has been received. You may leave your seat when the invigilator says so."),
        "receipt": _("Receipt: {receipt}"),
        "closed_title": _("The exam is over"),
        "closed": _("Your saved answers have been handed in. No more can be changed."),
        "closed_unsent": _(
            "{count} answers have not reached the server. Leave this page open and call the invigilator."
        ),
        "late_count": _("{count} answers came after the end; the trainer decides whether they count."),
        "void_title": _("This sitting has been cancelled"),
        "void": _("Please speak to the invigilator."),
        "moved_title": _("The exam goes on on another device"),
        "moved": _("You have signed in on another device. This page saves nothing any more."),
        "signed_out_title": _("Please sign in again"),
        "signed_out": _("Your answers on this device are kept and sent after you have signed in."),
        "sign_in": _("Sign in"),
        "sign_out": _("Sign out"),
        "passive_title": _("The paper is open in another tab"),
        "passive": _("Answer in one tab only. Close this one, or go on here instead of there."),
        "claim": _("Go on here"),
        "go_on": _("The exam goes on"),
        "submitting": _("Handing in…"),
        "submit_failed": _("Not handed in yet: the server cannot be reached. Trying again; do not close this page."),
    }


def _logged() -> dict[str, str]:
    return {
        "hidden": _("You left the exam page for {seconds} seconds. This is logged and the invigilator sees it."),
        "blur": _("Another window was in use for {seconds} seconds. This is logged and the invigilator sees it."),
        "fullscreen": _("You left full screen. This is logged and the invigilator sees it."),
        "tabs": _("The paper was opened in a second tab. This is logged and the invigilator sees it."),
        "paste": _("You pasted text. This is logged and the invigilator sees it."),
    }

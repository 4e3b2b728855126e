"""The parts of an official document around its text (GB/T 9704-2012): letterhead, addressee, annexes, imprint.

A notebook names them where they come; export numbers the annexes, lists them below the text, and puts the imprint last.
"""

from markupsafe import Markup

from govkit.core.html import in_markdown, plain
from govkit.rendering.content import wording
from govkit.rendering.content.blocks import DAY_TO_FILL_IN, Block, element, fenced, needed


def letterhead(office: str, number: str = "") -> Block:
    """Return the red letterhead of an office: its mark, the document's number below it, and the red line.

    :raises InternalError: the office is empty.

    >>> letterhead("示范区文件", "示〔2015〕　号")
    示范区文件 示〔2015〕　号
    """
    needed(office, "letterhead")
    lines = [office, *([number] if number else [])]
    style = "text-align:center;color:#c00;font-size:2em" if not number else "text-align:center;color:#c00"
    shown = Markup("").join(element("p", line, style) for line in lines)
    return Block(fenced("gk-letterhead", "\n\n".join(map(in_markdown, lines))), shown, " ".join(lines))


def addressee(text: str) -> Block:
    """Return the line that names those whom the document is sent to, at the left edge, with a colon.

    :raises InternalError: the text is empty.

    >>> addressee("各乡镇（街道）")
    各乡镇（街道）：
    """
    needed(text, "addressee")
    words = f"{text.rstrip('：:')}："
    return Block(fenced("gk-addressee", in_markdown(words)), element("p", words), words)


def annex_list() -> Block:
    """Return the place below the text where export lists the annexes; without annexes nothing stands there.

    >>> annex_list()
    附件清单
    """
    return Block(fenced("gk-annexes", "附件清单"), element("p", "（附件清单在导出时列出）"), "附件清单")


def annex(title: str) -> Block:
    """Return the beginning of an annex, which starts a page; one without content does not appear.

    :raises InternalError: the title is empty.

    >>> annex("主要指标")
    附件 主要指标
    """
    needed(title, "annex")
    return Block(fenced("gk-annex", in_markdown(title)), element("h2", f"附件　{title}"), f"附件 {title}")


def imprint(copies: str, office: str, date: object = None) -> Block:
    """Return the imprint at the foot of the last page: who gets copies, who printed the document, and when.

    :param copies: those who get a copy; an empty text leaves the line out.
    :param date: a date or ``YYYY-MM-DD``; None leaves a line to fill in.
    :raises InternalError: the office is empty.

    >>> imprint("区委办公室", "示范区办公室", "2015-10-08")
    抄送：区委办公室。 示范区办公室 2015年10月8日印发
    """
    needed(office, "imprint")
    day = DAY_TO_FILL_IN if wording.is_missing(date) else wording.date(date)
    lines = [*([f"抄送：{copies.rstrip('。')}。"] if copies else []), plain(office), f"{day}印发"]
    shown = Markup("").join(element("p", line, "border-top:1px solid #222;margin:0") for line in lines)
    return Block(fenced("gk-imprint", "\n\n".join(map(in_markdown, lines))), shown, " ".join(lines))


def signature_indents(office: str, day: str, *, sealed: bool) -> tuple[float, float]:
    """Return how far the office and the day stand from the right edge, in characters (GB/T 9704-2012, 7.3.5).

    With a seal the day stands four characters in and the office centred above it; without, the office stands two
    characters in and the day begins two characters right of it, or the day stands two in where it is the longer one.

    >>> signature_indents("示范区办公室", "2015年10月8日", sealed=False)
    (4.5, 2.0)
    """
    name, date = (wording.half_widths(text) / 2 for text in (office, day))
    if sealed:
        by = max(4 + (date - name) / 2, 2.0)
        return by, by + (name - date) / 2
    if date > name:
        return date - name + 4, 2.0
    return 2.0, name - date

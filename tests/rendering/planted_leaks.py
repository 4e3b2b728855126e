"""Invented people, leaks planted in every format and disguise, clean pages.

The full run: ``python -m tests.rendering.planted_leaks``.

The disguises of ``NEW`` were written after the check and are not tuned on; ``KNOWN`` are those that the issue names.
Nobody here exists: names are drawn from lists of characters, numbers have the region 110105 and a mobile prefix at
random.
"""

import base64
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from govkit.core.files import shipped
from govkit.rendering.privacy.check import PrivacyCheck, ordinary_phrases
from tests.rendering import finished as f

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华建国志文玉兰秀珍海燕春梅红云飞龙凤鹏辉斌宇浩凯博雪琳晨曦欣怡佳俊"
COMPOUND = ("欧阳", "上官", "司马", "诸葛", "皇甫", "令狐")
MINORITY = ("阿依古丽·买买提", "古丽娜尔·艾合买提", "次仁·多吉", "巴特尔·乌兰", "热依汗·吐尔逊")
BEYOND = "𠮷𡋾𣗋𤭢"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Person:
    """An invented person."""

    name: str
    mobile: str
    identity: str


def people(count: int, chance: random.Random) -> list[Person]:
    """Return invented people with different names; three of ten have names of two characters."""
    names: dict[str, None] = dict.fromkeys(MINORITY)
    while len(names) < count:
        kind = chance.random()
        surname = (
            chance.choice(COMPOUND)
            if kind > 0.95
            else chance.choice(BEYOND)
            if kind > 0.93
            else chance.choice(SURNAMES)
        )
        names[surname + "".join(chance.choices(GIVEN, k=1 if kind < 0.3 else 2))] = None
    found = []
    for name in names:
        born = f"{chance.randint(1950, 2004)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
        body = f"110105{born}{chance.randint(0, 999):03}"
        check = "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11]
        mobile = f"1{chance.choice('3578')}{chance.randint(0, 999_999_999):09}"
        found.append(Person(name, mobile, body + check))
    return found


def cut(value: str, gap: str, sizes: tuple[int, ...] = ()) -> str:
    """Return a value with a gap between its characters, or between pieces of these sizes."""
    pieces, at = [], 0
    for size in sizes or (1,) * len(value):
        pieces.append(value[at : at + size])
        at += size
    return gap.join([*pieces, value[at:]] if value[at:] else pieces)


def groups(value: str) -> tuple[int, ...]:
    """Return the sizes in which people write a number."""
    return (6, 8, 4) if len(value) == 18 else (3, 4, 4)


def folded(value: str, digits: str) -> str:
    """Return a value with its digits replaced by ten other characters."""
    return value.translate(dict(zip(map(ord, "0123456789"), digits, strict=True)))


TRADITIONAL = str.maketrans(
    "张刘陈杨黄赵吴孙马许郑韩邓冯萧国华军丽飞龙凤", "張劉陳楊黃趙吳孫馬許鄭韓鄧馮蕭國華軍麗飛龍鳳"
)
ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
Disguise = Callable[[str, random.Random], str]
KNOWN_NUMBERS: dict[str, Disguise] = {
    "plain": lambda v, _c: v,
    "dots": lambda v, _c: cut(v, ".", groups(v)),
    "usual groups": lambda v, _c: cut(v, " ", groups(v)),
    "hyphens": lambda v, _c: cut(v, "-", groups(v)),
    "two lines": lambda v, c: cut(v, "\n", (c.randint(3, 8),)),
    "Chinese digits": lambda v, _c: folded(v, "〇一二三四五六七八九"),
    "formal digits": lambda v, _c: folded(v, "零壹贰叁肆伍陆柒捌玖"),
    "spoken digits": lambda v, _c: folded(v, "洞幺两三四五六拐八勾"),
    "no width": lambda v, _c: cut(v, "\u200b"),
    "full width": lambda v, _c: folded(v, "０１２３４５６７８９"),
    "letters": lambda v, _c: v.replace("0", "O").replace("1", "l"),
}
NEW_NUMBERS: dict[str, Disguise] = {
    "slashes": lambda v, _c: cut(v, "/", groups(v)),
    "underscores": lambda v, _c: cut(v, "_", groups(v)),
    "middle dots": lambda v, _c: cut(v, "·", groups(v)),
    "brackets": lambda v, _c: f"（{v[:3]}）{v[3:]}",
    "bold digits": lambda v, _c: folded(v, "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"),
    "Arabic digits": lambda v, _c: folded(v, "٠١٢٣٤٥٦٧٨٩"),
    "circled digits": lambda v, _c: folded(v, "⓪①②③④⑤⑥⑦⑧⑨"),
    "black circles": lambda v, _c: folded(v, "⓿❶❷❸❹❺❻❼❽❾"),
    "English": lambda v, _c: " ".join(ENGLISH[int(d)] if d != "X" else d for d in v),
    "signs": lambda v, _c: cut(v, "★", groups(v)),
    "commas": lambda v, _c: cut(v, "，"),
    "spaces": lambda v, _c: cut(v, " "),
    "a line each": lambda v, _c: cut(v, "\n"),
    "asterisks": lambda v, _c: cut(v, "*", groups(v)),
    "country": lambda v, _c: v if len(v) == 18 else f"+86 {v}",
    "odd groups": lambda v, c: cut(v, " ", (c.randint(1, 2), c.randint(2, 4), c.randint(1, 3))),
    "keycaps": lambda v, _c: cut(v, "\ufe0f\u20e3") + "\ufe0f\u20e3",
    "mixed": lambda v, _c: v[:4] + folded(v[4:8], "零一二三四五六七八九") + v[8:],
    "Base64": lambda v, _c: base64.b64encode(f"电话：{v}".encode()).decode(),
}
KNOWN_NAMES: dict[str, Disguise] = {
    "plain": lambda v, _c: v,
    "spaces": lambda v, _c: cut(v.replace("·", ""), " "),
    "two lines": lambda v, c: cut(v, "\n", (c.randint(1, len(v) - 1),)),
    "no width": lambda v, _c: cut(v, "\u200b"),
    "dots": lambda v, _c: cut(v.replace("·", ""), "·"),
    "another dot": lambda v, _c: v.replace("·", "•"),
}
NEW_NAMES: dict[str, Disguise] = {
    "hyphens": lambda v, _c: cut(v.replace("·", ""), "-"),
    "wide spaces": lambda v, _c: cut(v.replace("·", ""), "\u3000"),
    "bars": lambda v, _c: cut(v.replace("·", ""), "|"),
    "asterisks": lambda v, _c: cut(v.replace("·", ""), "*"),
    "joiners": lambda v, _c: cut(v, "\u2060"),
    "marks": lambda v, _c: cut(v, "\u0307"),
    "entities": lambda v, _c: "".join(f"&#{ord(one)};" for one in v),
    "escapes": lambda v, _c: "".join(f"\\u{ord(one):04x}" if ord(one) < 65536 else one for one in v),
    "address": lambda v, _c: quote(v),
    "Base64": lambda v, _c: base64.b64encode(f"姓名：{v}".encode()).decode(),
    "traditional": lambda v, _c: v.translate(TRADITIONAL),
    "tabs": lambda v, _c: cut(v.replace("·", ""), "\t"),
}
SENTENCES = (
    "由{}办理", "请{}到村委会领取", "同意给予{}补助", "经{}同意后实施", "本村{}反映道路积水", "其中{}等3户",
    "代表{}提出建议", "姓名：{}", "已通知{}，三日内答复", "（{}）", "委托{}代领", "{}",
)  # fmt: skip


def wrapped(fmt: str, text: str, chance: random.Random) -> tuple[str, bytes]:
    """Return a finished file with a text in it, and its name."""
    lines = text.split("\n")
    escaped = [line.replace("&", "&amp;").replace("<", "&lt;") for line in lines]
    between = chance.choice(("<br>", "</p><p>", "</td><td>"))
    makers: dict[str, Callable[[], bytes]] = {
        "txt": f"公示\n{text}\n".encode,
        "md": f"公示\n{text}\n".encode,
        "csv": ("村,说明\n马村," + "\n,".join(lines)).encode,
        "html": lambda: f.html(f"<p>{between.join(escaped)}</p>"),
        "docx": lambda: f.docx("".join(f.paragraph(*_runs(line, chance)) for line in escaped)),
        "pptx": lambda: f.pptx(*_runs("\n".join(escaped), chance)),
        "xlsx": lambda: f.xlsx(*lines),
        "pdf": lambda: f.pdf(*lines),
        "ipynb": lambda: f.notebook(output=text),
        "json": lambda: json.dumps({"说明": lines}, ensure_ascii=chance.random() < 0.5).encode(),
        "svg": f"<svg><text>{'</text><text>'.join(escaped)}</text></svg>".encode,
    }
    return f"a.{fmt}", makers[fmt]()


def _runs(line: str, chance: random.Random) -> list[str]:
    at = chance.randint(0, len(line))
    return [one for one in (line[:at], line[at:]) if one] or [""]


FORMATS = ("txt", "md", "csv", "html", "docx", "pptx", "xlsx", "ipynb", "json", "svg", "pdf")
PDF_CANNOT = frozenset(
    (
        "no width",
        "joiners",
        "marks",
        "keycaps",
        "bold digits",
        "black circles",
        "Arabic digits",
        "signs",
        "circled digits",
    )
)
"""Disguises that the fonts of the PDF writer of these tests have no characters for."""


@dataclass(frozen=True)
class Leak:
    """A planted leak: what, how disguised, whether the disguise is new, in which format, and the file."""

    what: str
    disguise: str
    new: bool
    fmt: str
    name: str
    content: bytes
    text: str


def leaks(folk: list[Person], count: int, chance: random.Random) -> Iterator[Leak]:
    """Yield planted leaks; every second one has a disguise that the check was not tuned on."""
    for index in range(count):
        person, new = chance.choice(folk), bool(index % 2)
        what = chance.choice(("name", "name", "mobile", "identity"))
        known, fresh = (KNOWN_NAMES, NEW_NAMES) if what == "name" else (KNOWN_NUMBERS, NEW_NUMBERS)
        table = fresh if new else known
        disguise = chance.choice(list(table))
        value = table[disguise](getattr(person, what), chance)
        text = chance.choice(SENTENCES).format(value) if what == "name" else f"联系方式见此{value}，请核对"
        if disguise in {"a line each", "commas"}:
            text = value
        fmt = chance.choice(FORMATS)
        if fmt == "pdf" and (disguise in PDF_CANNOT or any(ord(one) > 0xFFFF for one in text)):
            fmt = "docx"
        yield Leak(what, disguise, new, fmt, *wrapped(fmt, text, chance), text)


def clean_pages(count: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield pages without persons: sentences of the kit's documents with figures, and pieces of its guides."""
    phrases = sorted(phrase for phrase in ordinary_phrases() if len(phrase) > 3)
    guides = "\n".join(
        path.read_text("utf-8") for path in sorted(shipped("docs").rglob("*.md")) if "reference" not in path.parts
    )
    # A path of a machine is no false alarm, nor is the number that an example of a command erases.
    guides = "\n".join(line for line in guides.splitlines() if "/" not in line and "ledger erase" not in line)
    for index in range(count):
        if index % 4:
            rows = "".join(f"<tr><td>{chance.choice(phrases)}</td>{_figures(chance)}</tr>" for _row in range(12))
            said = "，".join(f"{chance.choice(phrases)}{chance.randint(0, 2000)}件" for _n in range(20))
            yield "a.html", f.html(f"<table>{rows}</table><p>{said}。</p>")
        else:
            at = chance.randint(0, max(0, len(guides) - 1000))
            yield "a.txt", guides[at : at + 1000].encode()


def _figures(chance: random.Random) -> str:
    figures = (
        chance.choice((str(chance.randint(0, 99)), str(chance.randint(100, 9999)), f"{chance.uniform(0, 100):.1f}%"))
        for _column in range(5)
    )
    return "".join(f"<td>{figure}</td>" for figure in figures)


@dataclass
class Outcome:
    """What the check found: leaks and misses by group, false alarms and pages, milliseconds a document by format."""

    planted: Counter[str]
    missed: Counter[str]
    examples: list[str]
    alarms: int
    pages: int
    milliseconds: dict[str, float]
    alarm_examples: list[str]


def run(
    folk_count: int, leak_count: int, page_count: int, seed: int = 1, formats: tuple[str, ...] = FORMATS
) -> Outcome:
    """Plant leaks, check every file, and return what was found and missed."""
    chance = random.Random(seed)
    folk = people(folk_count, chance)
    check = PrivacyCheck(
        {
            "name": [one.name for one in folk],
            "phone": [one.mobile for one in folk],
            "id_number": [one.identity for one in folk],
        },
        ordinary_phrases(),
    )
    outcome = Outcome(Counter(), Counter(), [], 0, 0, {}, [])
    spent: dict[str, list[float]] = {}
    for leak in leaks(folk, leak_count, chance):
        if leak.fmt not in formats:
            continue
        group = f"{'new' if leak.new else 'known'} {leak.what}"
        outcome.planted[group] += 1
        started = time.perf_counter()
        found = [one for one in check.check(leak.name, leak.content) if one.severity == "error"]
        spent.setdefault(leak.fmt, []).append(time.perf_counter() - started)
        if not found:
            outcome.missed[group] += 1
            outcome.examples.append(f"{leak.fmt} {leak.what} {leak.disguise}: {leak.text!r}")
    for name, content in clean_pages(page_count, chance):
        outcome.pages += 1
        found = [one for one in check.check(name, content) if one.severity == "error"]
        outcome.alarms += bool(found)
        outcome.alarm_examples += [str(one) for one in found]
    outcome.milliseconds = {fmt: 1000 * sum(times) / len(times) for fmt, times in sorted(spent.items())}
    return outcome


def main() -> None:
    """Run at full size and print the figures."""
    people_, leaks_, pages = [int(word) for word in sys.argv[1:4]] or [2_000, 10_000, 2_000]
    outcome = run(people_, leaks_, pages)
    for group, planted in sorted(outcome.planted.items()):
        sys.stdout.write(f"{group}: {planted - outcome.missed[group]} of {planted} found\n")
    sys.stdout.write(f"false alarms: {outcome.alarms} of {outcome.pages} pages\n")
    sys.stdout.write(f"milliseconds a document: { {fmt: round(ms, 1) for fmt, ms in outcome.milliseconds.items()} }\n")
    for line in (*outcome.examples[:40], *outcome.alarm_examples[:20]):
        sys.stdout.write(f"  {line}\n")


if __name__ == "__main__":
    main()

"""What no sentence, caption or cell of a document may hold, by the name of the fault."""

import html
import re
from collections.abc import Iterator

_BLOCK = re.compile(r"</(?:p|h\d|td|th|li|caption|figcaption|div)>|<br[^>]*>")
_COUNTED = "人次|人|件|项|次|个|户|名|起|支|条|家"
FAULTS = {
    "a placeholder": re.compile(r"[{}]|\b(?:None|NaN|nan|NaT|null|TODO)\b|<NA>|（）|“”|《》"),
    "a doubled noun": re.compile(r"(?<![\u4e00-\u9fff])?([\u4e00-\u9fff]{2,5})\1"),
    "a bare code": re.compile(r"（[A-Z]\d{1,2}）"),
    "a name of the program": re.compile(r"参数[a-z]|[a-z]+_[a-z_]+"),
    "a list of zeros": re.compile(
        rf"(?<![\d.])0(?:{_COUNTED})[、，；](?:其中)?[^。；]{{0,12}}(?<![\d.])0(?:{_COUNTED})"
    ),
    "a part that is zero": re.compile(rf"其中[^。；，]*?(?<![\d.,])0(?:{_COUNTED})"),
    "an undefined number": re.compile(r"[率均额数]为?—(?![\u4e00-\u9fff\d])|—%|[率数]无数据"),
    "two marks": re.compile(r"[，。；、：]{2}|[，；、][）”。]|（[，；、]"),
    "a qualifier in the wrong place": re.compile(rf"(?:以上|以内|以下)(?:{_COUNTED}|周|元|万元)|余{{2}}|\d–\d+以下"),
    "a unit that stands twice": re.compile(rf"\d({_COUNTED}|元|%)\1(?!口|均|员|次)"),
    "a count with decimals": re.compile(r"\d\.\d+(?:人次|人|件|项|个(?!百分点)|户|名|起)"),
}
ALLOWED = re.compile(r"一村一表")
"""What looks like a fault and is none."""


def passages(page: str) -> Iterator[str]:
    """Yield the paragraphs, headings and cells of an HTML document as text."""
    body = re.sub(r"<(style|script)\b.*?</\1>", " ", page.partition("<body")[2].partition(">")[2], flags=re.DOTALL)
    for part in _BLOCK.split(body):
        text = html.unescape(re.sub(r"<[^>]+>", "", part)).strip()
        if text:
            yield re.sub(r"\s+", " ", text)


def faults(text: str) -> list[str]:
    """Return the names of the faults in a passage."""
    looked_at = ALLOWED.sub("", text)
    return [name for name, sign in FAULTS.items() if sign.search(looked_at)]

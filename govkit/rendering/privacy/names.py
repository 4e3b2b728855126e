"""Names of persons in a text: of every length and script that the ledgers have, however they are spaced.

A name is found in the text without its gaps, and counts unless the text around it shows that its characters belong to
other words: 提高平均 names no person 高平, 工程建成 no 程建成. A name that is itself an ordinary word (文明) counts
where a person is meant: alone, after a word that asks for a name, before one that follows a name.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

from govkit.rendering.privacy.text_views import HAN, Joined, look_alike, plain, words

_ASKS_FOR_NAME = (
    *(
        "姓名",
        "户主",
        "申请人",
        "当事人",
        "负责人",
        "联系人",
        "经办人",
        "代办员",
        "调解员",
        "网格员",
        "监督员",
        "签字",
        "名叫",
    ),
    *(
        "建议人",
        "帮扶人",
        "考生",
        "评委",
        "村民",
        "党员",
        "群众",
        "书记",
        "主任",
        "村长",
        "会计",
        "户",
        "由",
        "为",
        "是",
        "叫",
    ),
)
_FOLLOWS_NAME = (
    *(
        "同志",
        "先生",
        "女士",
        "一家",
        "家属",
        "家里",
        "户",
        "等",
        "反映",
        "申请",
        "领取",
        "签字",
        "签名",
        "本人",
        "的电话",
        "到村",
    ),
    *("来村", "在家", "负责", "提交", "办理", "缴纳", "去世", "患", "说", "家"),
)
_ACTS = ("同志", "先生", "女士", "反映", "申请", "领取", "签字", "签名", "提交", "办理", "缴纳")
_LEADS_TO_NAME = ("请", "让", "给", "找", "经", "替", "向", "对", "与", "和", "同", "跟", "被", "将", "据")
_NOBODY = re.compile(
    r"匿名|不详|未知|保密|无名氏|某|(?:委会|委员会|支部|办公室|派出所|司法所|工作组|工作队|调解室|服务中心)$"
)
"""Entries of a column of names that name no person."""
_SEPARATORS = re.compile(r"[、,，;；/|\s]+|和(?=[^和]{2,4}$)")
_REMARK = re.compile(r"[(（\[【].*?[)）\]】]|等\d*[人户名]?$|\d+$")
_DOTS = re.compile(r"[·•・‧∙⋅.。．\-]")
_HAN_ONLY = re.compile(f"[{HAN}]+")
_SENTENCE = re.compile(r"[，。；：、！？,;:!?()（）]")
_PARTICLES = frozenset("于和向时应成会能都有从")
"""Surnames that are mostly another word: before the beginning of a word they name nobody (于|明年)."""
LONGEST = 60
_PAIRS = (
    "文明和平平安安全安宁安静安保许可杜绝钱财钱粮熊猫白云白银白雪白马任凭关怀关联周密周旋季冬宁可康健左翼张口张嘴张大张望张罗方正施礼明星明朗明珠明白林木林园林垦林立江山江水江河江湖江海江南江北毛巾汪洋温泉"
    "王国王宫王府田园田野申报盛世石山石头童军荣获荣誉莫非谢恩谢谢路东路西路远金刚金奖金山金星金银陆军陈列陈设陈述雷达雷声顾客顾问高原高山高峰高明高潮高耸高通黄河黄牛黎明齐全齐声齐发兰花古城古典古老华东华中"
    "华北华南殷勤成都洋洋童儿于是方向高兴成功时间"
)
_COMMON_WORDS = frozenset(_PAIRS[place : place + 2] for place in range(0, len(_PAIRS), 2))
"""Words that the dictionary takes for names first, and that are common all the same."""
_AROUND = 8


class NameIndex:
    """The names to look for.

    >>> index = NameIndex(["王小明", "高平", "阿依古丽·买买提"], ["高平路社区"])
    >>> [index.found(Joined(text)) for text in ("王 小 明", "提高平均水平", "请高平领取", "高平路社区")]
    [[(0, 3)], [], [(1, 3)], []]
    """

    def __init__(self, values: Iterable[str], ordinary: Iterable[str] = ()) -> None:
        names = {name for value in values for name in names_in(value)}
        self.han = frozenset(key for name in names if (key := _key(name)))
        self.other = frozenset(name.casefold() for name in names if not _key(name) and len(name) > 1)
        self.ordinary = frozenset(look_alike(phrase) for phrase in map(plain, ordinary) if len(phrase) >= 2)

    @property
    def names(self) -> frozenset[str]:
        """The names that are looked for."""
        return self.han | self.other

    def found(self, joined: Joined) -> list[tuple[int, int]]:
        """Return the spans, in the view of a text, of the names that mean persons."""
        return list(self._found(joined))

    def _found(self, joined: Joined) -> Iterator[tuple[int, int]]:
        if self._first is None:
            return
        text = joined.folded
        for match in self._first.finditer(text):
            start = match.start()
            for length in self._lengths[match[0]]:
                name = text[start : start + length]
                if name in self.han and self._counts(joined, start, start + len(name)):
                    yield start, start + len(name)
                    break

    def written_otherwise(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the spans in a folded text of names that are not Chinese characters, as separate words."""
        if self._other_pattern is not None:
            for match in self._other_pattern.finditer(text):
                yield match.span()

    def _counts(self, joined: Joined, start: int, end: int) -> bool:
        """Return whether a name in the view of a text means a person."""
        text = joined.text
        if self._is_ordinary(joined.folded, start, end):
            return False
        alone = bool(joined.gap(start)) and (end >= len(text) or bool(joined.gap(end)))
        inner = [joined.gap(index) for index in range(start + 1, end)]
        if any(_SENTENCE.search(gap) for gap in inner) and not alone:
            return False
        name, before, after = text[start:end], self._before(joined, start), self._after(joined, end)
        if end - start == 1 or joined.folded[start:end] in self.ordinary or (end - start < 5 and is_a_word(name)):
            asked = before.endswith(_ASKS_FOR_NAME) or _asks(joined.source, joined.at[start])
            follows = after.startswith(_FOLLOWS_NAME)
            if end - start == 1:
                return asked and alone
            meant = (asked and (follows or not after)) or (follows and (not before or before.endswith(_LEADS_TO_NAME)))
            return meant or (alone and not any(inner) and joined.folded[start:end] not in self.ordinary)
        return alone or not _belongs_to_words(before, name, after)

    @staticmethod
    def _before(joined: Joined, start: int) -> str:
        """Return the characters that stand directly before a place, at most eight."""
        first = start
        while (
            first > 0 and start - first < _AROUND and not joined.gap(first).strip(" ") and "\n" not in joined.gap(first)
        ):
            first -= 1
        return joined.text[first:start].rpartition("\x00")[2]

    @staticmethod
    def _after(joined: Joined, end: int) -> str:
        """Return the characters that stand directly after a place, at most eight."""
        last = end
        while last < len(joined.text) and last - end < _AROUND and not joined.gap(last):
            last += 1
        return joined.text[end:last].partition("\x00")[0]

    def _is_ordinary(self, text: str, start: int, end: int) -> bool:
        """Return whether a name lies inside an ordinary phrase."""
        for phrase in self._phrases_with.get(text[start:end], ()):
            at = text.find(phrase, max(0, end - len(phrase)), start + len(phrase))
            if at >= 0:
                return True
        return False

    @cached_property
    def _phrases_with(self) -> dict[str, list[str]]:
        """The ordinary phrases that hold a name, by the name."""
        held: dict[str, list[str]] = {}
        for phrase in self.ordinary:
            for start in range(len(phrase)):
                for length in self._lengths.get(phrase[start], ()):
                    name = phrase[start : start + length]
                    if name in self.han and len(phrase) > length:
                        held.setdefault(name, []).append(phrase)
        return held

    @cached_property
    def _lengths(self) -> dict[str, list[int]]:
        """For each first letter of a name, how long the names are that begin with it, the longest first."""
        found: dict[str, set[int]] = {}
        for name in self.han:
            found.setdefault(name[0], set()).add(len(name))
        return {letter: sorted(lengths, reverse=True) for letter, lengths in found.items()}

    @cached_property
    def _first(self) -> "re.Pattern[str] | None":
        inside = "".join(map(re.escape, sorted(self._lengths)))
        return re.compile(f"[{inside}]") if inside else None

    @cached_property
    def _other_pattern(self) -> "re.Pattern[str] | None":
        inside = "|".join(
            re.escape(name).replace(r"\ ", r"[\s._\-]*") for name in sorted(self.other, key=len, reverse=True)
        )
        return re.compile(rf"(?<![\w:/.\-])(?:{inside})(?![\w:/\-]|\.\w)", re.IGNORECASE) if inside else None


def names_in(value: str) -> Iterator[str]:
    """Yield the name in a cell and, where it lists several, each of them.

    >>> list(names_in("王小明（户主）、李强等3人")), list(names_in("匿名"))
    (['王小明李强', '王小明', '李强'], [])
    """
    text = _REMARK.sub("", plain(value).strip())
    whole = re.sub(r"[、,;/|\s]+", "", text) if _HAN_ONLY.search(text) else text
    for name in dict.fromkeys((whole, *(_REMARK.sub("", one) for one in _SEPARATORS.split(text)))):
        if 1 <= len(name) <= LONGEST and not name.isdigit() and not _NOBODY.search(name):
            yield name


def _key(name: str) -> str:
    """Return the Chinese characters of a name without its dots; an empty text if it has other letters."""
    key = look_alike(_DOTS.sub("", name).replace(" ", ""))
    return key if _HAN_ONLY.fullmatch(key) else ""


@lru_cache(maxsize=100_000)
def is_a_word(name: str) -> bool:
    """Return whether a name is also an ordinary word: one of the dictionary that is no name there, or a common one."""
    if name in _COMMON_WORDS:
        return True
    dictionary = words()
    if dictionary.jieba_cut(name, False) != [name]:
        return False
    kinds = [str(kind) for _word, kind in dictionary.jieba_tag(name, False)]
    return not any(kind.startswith(("nr", "ns", "nz", "nt")) for kind in kinds)


def _asks(source: str, at: int) -> bool:
    """Return whether a label stands before a place, with a colon or a cell's end between."""
    return re.sub(r"[\s:：|]+$", "", source[max(0, at - 12) : at]).endswith(_ASKS_FOR_NAME)


@lru_cache(maxsize=100_000)
def _belongs_to_words(before: str, name: str, after: str) -> bool:
    """Return whether the characters of a name belong to words that begin before it or end after it."""
    starts, ends, at = set(), set(), 0
    cut = words().jieba_cut(f"{before}{name}{after}", False)
    start, end = len(before), len(before) + len(name)
    inside = []
    for word in cut:
        starts.add(at)
        if at < end and at + len(word) > start:
            inside.append(word)
        at += len(word)
        ends.add(at)
    begins_within, ends_within = start not in starts, end not in ends
    if len(inside) == 1:
        return begins_within or ends_within
    if begins_within:  # 工程|建成: what is left of the name is itself made of words
        acts = not ends_within and after.startswith(_ACTS)  # 由|于华晨|办理, though 由于 and 华晨 are words
        return not acts and all(len(word) > 1 for word in inside[1:])
    return ends_within and len(name) == 2 and name[0] in _PARTICLES

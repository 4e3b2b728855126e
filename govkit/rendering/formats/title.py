"""Titles of official documents broken into lines: never inside a word, in as few and as even lines as can be."""

import re
from functools import cache
from itertools import combinations, pairwise

from govkit.rendering.content.wording import half_widths

TITLE_CHARACTERS = 20
"""The characters of a title's type that fit a line of the text block."""

_WORDS = """
关于 基层 四项 基础 制度 运行 情况 通报 通知 年度 总结 农村 重大 事项 决策 记录簿 村务 公开 公示 公告 教育 培训
考试 成绩
考评 奖励 观摩 评比 以奖代补 结对 帮扶 救助 便民 服务 矛盾 纠纷 调解 预防 化解 网格 党风 政风 监督 意见 建议 反馈 台账
质检 质量 一村一表 信访 阵地 建设 党支部 网格员 配备 民主 工作 月报 年报 报告 未经 检查 试算 推演
"""
_TOGETHER = "未经公开检查 四项基础制度 基础制度 运行情况 年度总结 重大事项 记录簿 村务公开 工作情况"
_WORD = re.compile(
    r"[（(“《]*(?:"
    + "|".join(sorted({*_WORDS.split(), *_TOGETHER.split()}, key=len, reverse=True))
    + r"|\d+年(?:\d+(?:—\d+)?月|度)?|[A-Za-z0-9.%+—-]+|[\u4e00-\u9fff]{1,4}?(?:街道|乡|镇|村|区)|.)[）)”》、，：的和]*"
)


@cache
def title_words(text: str) -> tuple[str, ...]:
    """Return the words of a title, each with the marks and particles that may not stand apart from it.

    >>> title_words("关于2015年9月阳庙镇运行情况的通报")
    ('关于', '2015年9月', '阳庙镇', '运行情况的', '通报')
    """
    return tuple(_WORD.findall(text))


@cache
def title_lines(text: str, most: int = TITLE_CHARACTERS) -> tuple[str, ...]:
    """Return a title in lines of at most ``most`` characters, broken between words; a longer word has its own line.

    >>> title_lines("关于2015年9月基层四项基础制度运行情况的通报")
    ('关于2015年9月基层', '四项基础制度运行情况的通报')
    """
    words = title_words(text)
    for count in range(1, len(words) + 1):
        found = [lines for lines in _in_lines(words, count) if max(map(half_widths, lines)) <= 2 * most]
        if found:
            return min(found, key=lambda lines: max(map(half_widths, lines)) - min(map(half_widths, lines)))
    return words


def _in_lines(words: tuple[str, ...], count: int) -> list[tuple[str, ...]]:
    """Return every way to put words into so many lines, the first lines the longest first."""
    cuts = combinations(range(len(words) - 1, 0, -1), count - 1)
    ends = [(0, *sorted(cut), len(words)) for cut in cuts]
    return [tuple("".join(words[a:b]) for a, b in pairwise(end)) for end in ends]

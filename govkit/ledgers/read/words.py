"""Words that tell rows which are no data: totals, notes, signatures, groups."""

import re

RUNNING_NUMBER = frozenset({"序号", "序", "编号序列", "No", "NO", "No."})
_TOTAL = re.compile(
    r"[^:。]{0,10}?(合计|总计|小计|共计|累计|总数|总和|汇总|平均值?|均值)(数|额|值|金额)?([\W\d_].*)?|总?(Total|TOTAL|SUM)|计|总"
)
_NOTE_WORDS = (
    r"(备?注|附?注释?|说明|填表说明|填报说明|注意事项|重要提示|提示|要求|附件?|来源|数据来源|资料来源|数据截至|截至"
    r"|统计口径|口径)"
)
_SIGNERS = (
    r"((单位|村|乡镇|部门|主要|分管|统计|包村)?(负责人|领导)"
    r"|(填表|填报|制表|制作|审核|复核|经办|统计|录入|上报|报送|联系|校对|核对|登记)(人员?|者)?"
    r"|审批|审定|主管|会计|出纳|书记|主任)"
)
_NOTE = re.compile(
    rf"[（(【\[*※★☆◆●▲]*{_NOTE_WORDS}(\d{{0,2}}|[一二三四五六七八九十])[)）】\]]?\s*([:：、.．\d].*|$)"
    rf"|{_SIGNERS}\s*([（(]?(签字|签名|签章|盖章|公章)[)）]?)?\s*(及(联系)?电话)?\s*([:：].*|$)"
    r"|(填报|填表|制表|报送|上报|打印|审核|统计)(单位|日期|时间)\s*([（(](公章|盖章)[)）])?\s*([:：].*|$)"
    r"|(单位)?[（(]?(盖章|公章|签章|签字|章)[)）]?(处)?\s*[:：]?.{0,20}"
    r"|(联系)?(电话|日期|时间)\s*[:：].*|[*※★☆◆●▲].{2,}|(本表|此表|以上|上述|表中|另).{3,}|第.{1,4}页(,?共.{1,4}页)?"
    r"|\(?\d{4}年\d{1,2}月\d{1,2}日\)?|以下空白|\(?以?下无正文\)?",
    re.DOTALL,
)
ITEM = re.compile(r"[(（]?(\d{1,2}|[一二三四五六七八九十]{1,3})[)）]?[、.．:：)）]\s*\S.*", re.DOTALL)
GROUP = re.compile(
    r"([(（]?[一二三四五六七八九十]{1,3}[)）]?[、.．:：]|[(（][一二三四五六七八九十]{1,3}[)）]|[一二三四1-4]季度|第.{1,3}(部分|组|类)).{0,30}"
)


def is_summary(raw: object) -> bool:
    """Return whether a cell of a total counts something, like 9条, or says that there is nothing to add."""
    return isinstance(raw, str) and (not re.search(r"\w", raw) or bool(re.fullmatch(r"\s*\D?\s*\d+\s*\D{0,3}\s*", raw)))


def is_total(words: str) -> bool:
    """Return whether words head a row of totals.

    >>> [is_total(words) for words in ("合 计", "阳庙镇小计：", "总计（元）", "小计划")]
    [True, True, True, False]
    """
    return bool(_TOTAL.fullmatch(re.sub(r"\s", "", words)))


def is_note(words: str) -> bool:
    """Return whether words are a note, a signature or a day below a table.

    >>> [is_note(words) for words in ("注：略", "填表人：王某", "（盖章）", "2015年9月3日", "注水")]
    [True, True, True, True, False]
    """
    return bool(_NOTE.fullmatch(re.sub(r"\s", "", words)))

"""Masks of names and telephone numbers for readers outside the office (去标识化, not anonymity).

The forms follow common practice (domain notes: telephone 138****1234, surname + 某).
"""

_COMPOUND_SURNAMES = (
    *("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "东方"),
    *("端木", "轩辕", "宇文", "长孙", "南宫", "西门", "申屠", "闻人", "澹台", "淳于", "单于", "太史"),
)
_COMMON_COMPOUND = ("欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "令狐", "慕容", "司徒", "端木")
COMMON_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文施洪樊兰殷颜庄"
    "温章鲁季俞申关伍庞邢葛倪翟牛聂齐安左焦梅柳葛岳耿路温阎欧符包柴纪尚舒詹辛管祝甘卜翁解祁童车房阮连华霍涂古苗谷盛曲"
    "冉蓝应成游柏欧时凌费项裴席鲍涂宁窦池臧代穆艾桂蒲邬明滕骆荣党"
)
"""Surnames that so many share that one of them, alone, tells nobody apart; from general knowledge, not a register."""


def mask_name(name: str) -> str:
    """Return the surname and 某, or 某某 for a rare surname, which would tell who it is; an empty name stays empty.

    >>> mask_name("王小明"), mask_name("欧阳修远"), mask_name("𠮷小明"), mask_name("")
    ('王某', '欧阳某', '某某', '')
    """
    if not name:
        return ""
    if name.startswith(_COMPOUND_SURNAMES) and len(name) > 2:
        return f"{name[:2]}某" if name.startswith(_COMMON_COMPOUND) else "某某"
    return f"{name[0]}某" if name[0] in COMMON_SURNAMES else "某某"


def mask_phone(phone: str) -> str:
    """Return a telephone number with so many digits hidden that at least 1,000 numbers fit what is left.

    A mobile number keeps its first three and last four digits. A landline keeps at most its last two, since its area
    and its exchange are known; one of fewer than seven digits keeps none.

    >>> mask_phone("13812341234"), mask_phone("0391-8880001"), mask_phone("1234567"), mask_phone("8021")
    ('138****1234', '****01', '****67', '****')
    """
    digits = "".join(c for c in phone if c.isdigit())
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-2:]}" if len(digits) >= 7 else "****"

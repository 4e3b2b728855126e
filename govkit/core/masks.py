"""Masks of names and telephone numbers for readers outside the office (去标识化, not anonymity).

The forms follow common practice (domain notes: telephone 138****1234, surname + 某).
"""

_COMPOUND_SURNAMES = (
    *("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "东方"),
    *("端木", "轩辕", "宇文", "长孙", "南宫", "西门", "申屠", "闻人", "澹台", "淳于", "单于", "太史"),
)


def mask_name(name: str) -> str:
    """Return the surname and 某; a compound surname counts as one, an empty name stays empty.

    >>> mask_name("王小明"), mask_name("欧阳修远"), mask_name("")
    ('王某', '欧阳某', '')
    """
    surname = name[:2] if name.startswith(_COMPOUND_SURNAMES) and len(name) > 2 else name[:1]
    return f"{surname}某" if surname else ""


def mask_phone(phone: str) -> str:
    """Return a telephone number with most digits hidden.

    A mobile number keeps its first three and last four digits, a longer landline its last two, a short one none.

    >>> mask_phone("13812341234"), mask_phone("1234567"), mask_phone("8021")
    ('138****1234', '****67', '****')
    """
    digits = "".join(c for c in phone if c.isdigit())
    if len(digits) == 11:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-2:]}" if len(digits) >= 7 else "****"

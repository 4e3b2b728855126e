"""Masks for personal data: what of a ledger may be seen outside the office (去标识化, not anonymity).

The forms follow common practice (domain notes: phone 138****1234, surname + 某); an ID number shows nothing of itself,
since its check digit would give hidden digits away.
"""

from collections.abc import Callable
from typing import Any

from govkit.ledgers.declare import Ledger, Personal

_COMPOUND_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "东方")


def masked(frame: Any, ledger: Ledger) -> Any:
    """Return a copy of a ledger's frame as the public may see it: private columns gone, personal cells masked."""
    hidden = [column.name for column in ledger.columns if not column.public and column.name in frame]
    shown = frame.drop(columns=hidden)
    for column in ledger.columns:
        if column.personal and column.name in shown:
            mask = MASKS[column.personal]
            shown[column.name] = shown[column.name].map(mask, na_action="ignore").astype("str")
    return shown


def mask_name(name: str) -> str:
    """王小明 → 王某; a compound surname is kept whole."""
    surname = name[:2] if name.startswith(_COMPOUND_SURNAMES) and len(name) > 2 else name[:1]
    return f"{surname}某" if surname else ""


def mask_phone(phone: str) -> str:
    """13812341234 → 138****1234; any other number shows its last two digits, a short one (an extension) nothing."""
    digits = "".join(c for c in phone if c.isdigit())
    if len(digits) == 11:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-2:]}" if len(digits) >= 7 else "****"


def _hide(_: str) -> str:
    return "******"


MASKS: dict[Personal, Callable[[str], str]] = {
    "name": mask_name,
    "phone": mask_phone,
    "id_number": _hide,
    "address": _hide,
    "narrative": _hide,
}

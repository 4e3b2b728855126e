"""The page of GB/T 9704-2012 (domain: official documents): one copy of its numbers for Word and PDF.

A4, text block 156 × 225 mm, 22 lines of 28 characters of 16 pt. The line pitch is 225 mm / 22 = 28.99 pt, rounded down
to 28.95 pt so that 22 lines fit; the character pitch is 156 mm / 28 = 15.79 pt, so 16 pt glyphs close up by 0.21 pt.
"""

PAGE_MM = (210.0, 297.0)
TOP_MM, LEFT_MM, RIGHT_MM, BOTTOM_MM = 37.0, 28.0, 26.0, 35.0
TEXT_MM = (PAGE_MM[0] - LEFT_MM - RIGHT_MM, PAGE_MM[1] - TOP_MM - BOTTOM_MM)
LINES, CHARACTERS = 22, 28
BODY_PT, TITLE_PT, PAGE_NUMBER_PT = 16.0, 22.0, 14.0
LINE_PT = 28.95
PAGE_NUMBER_GAP_MM = 7.0
TABLE_PT = {"normal": 12.0, "small": 10.5, "tiny": 9.0}

_PT_PER_MM = 72 / 25.4


def points(mm: float) -> float:
    """Return millimetres in points."""
    return mm * _PT_PER_MM


def twips(mm: float) -> int:
    """Return millimetres in twentieths of a point, Word's unit of length."""
    return round(points(mm) * 20)


CHARACTER_PT = points(TEXT_MM[0]) / CHARACTERS
"""The character pitch in points."""

"""Blank forms with known truth, drawn at random: each knows what its blank cells ask for, or that nobody can tell."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from docx import Document
from openpyxl import Workbook
from openpyxl.styles import Border, Side

from govkit.figures.snapshot import Snapshot
from govkit.institutions import indicators

MONTH = "2015-09"
FLOWS = ["G4", "G5", "D4", "D5", "decisions_published", "C9", "agency_taken", "inspections", "suggestions_received"]
FLOWS += ["petitions_received", "mediations", "problems_raised", "H9"]
STOCKS = ["G2", "G3", "C4", "party_branches", "first_secretaries", "reserve_cadres"]
RATES = ["G6", "agency_on_time_rate", "decisions_in_order_rate"]
MONEY = ["H7", "F4", "observation_subsidy"]
WORDS = {
    "G4": ["排查矛盾纠纷", "排查数", "纠纷排查数", "排查矛盾纠纷数", "排查矛盾纠纷件数"],
    "G5": ["化解矛盾纠纷", "化解数", "化解矛盾纠纷数量"],
    "G6": ["化解率", "矛盾纠纷化解率"],
    "C9": ["代办服务办结", "代办服务办结数", "代办服务办结件数"],
    "H7": ["帮扶资金", "帮扶资金总额"],
}
NOBODY = [
    "同比增减",
    "其中：女性",
    "年度计划数",
    "受表彰单位",
    "新增党员",
    "环比",
    "目标任务",
    "矛盾纠纷调处费用",
    "化解",
    "累计",
]
"""Headings that the ledgers cannot answer."""

Ask = tuple[str, str, str, bool, str]
"""Indicator, place, month, whether from January, unit."""


@dataclass
class Form:
    """A form before it is a file.

    :ivar truth: row and column → what the cell asks for; None where it must stay blank.
    """

    kind: str
    text: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    truth: dict[tuple[int, int], Ask | None] = field(default_factory=dict)
    drawn: set[tuple[int, int]] = field(default_factory=set)
    lines: bool = True
    titles: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    word: bool = False

    def put(self, row: int, column: int, text: str, rows: int = 1, columns: int = 1) -> None:
        """Put a heading into a cell or a merged area."""
        self.text[row, column] = text
        if rows * columns > 1:
            self.merged.append((row, column, row + rows - 1, column + columns - 1))
        self.drawn |= {(r, c) for r in range(row, row + rows) for c in range(column, column + columns)}

    def ask(self, row: int, column: int, what: Ask | None) -> None:
        """Leave a cell blank that asks for something."""
        self.truth[row, column] = what
        self.drawn.add((row, column))

    def save(self, folder: Path) -> Path:
        """Write the file."""
        return self._document(folder) if self.word else self._workbook(folder)

    def _workbook(self, folder: Path) -> Path:
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.title = "统计表"
        side = Side(style="thin")
        for (row, column), text in self.text.items():
            sheet.cell(row, column, text)
        for row, column in self.drawn if self.lines else ():
            sheet.cell(row, column).border = Border(side, side, side, side)
        for top, left, bottom, right in self.merged:
            sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
        path = folder / "空表.xlsx"
        book.save(path)
        return path

    def _document(self, folder: Path) -> Path:
        document = Document()
        for title in self.titles:
            document.add_paragraph(title)
        height, width = (max(numbers) for numbers in zip(*self.drawn, strict=True))
        table = document.add_table(height, width)
        for (row, column), text in self.text.items():
            table.cell(row - 1, column - 1).text = text
        for top, left, bottom, right in self.merged:
            table.cell(top - 1, left - 1).merge(table.cell(bottom - 1, right - 1))
        path = folder / "空表.docx"
        document.save(str(path))
        return path


class Maker:
    """Draws forms for the places of a snapshot."""

    def __init__(self, snapshot: Snapshot, seed: int) -> None:
        self.random = random.Random(seed)
        self.townships = [place.name for place in snapshot.places.at("township")]
        self.villages = {
            name: [v.name for v in snapshot.places.at("village", snapshot.place(name).code)] for name in self.townships
        }

    def heading(self, code: str, *, bare: bool = False) -> tuple[str, str]:
        """Return a heading for an indicator in one of its wordings, and the unit that it asks for."""
        unit = indicators()[code].unit
        words = self.random.choice(WORDS.get(code, [indicators()[code].label]))
        if code in MONEY:
            unit = self.random.choice(["元", "万元"])
        if bare:
            return words, unit
        shown = self.random.choice(["（{}）", "({})", "\n（单位：{}）", "（{}）"]).format(unit)
        bracketed = unit != indicators()[code].unit or self.random.random() < 0.6
        words = f"{words}{shown}" if bracketed else words
        if self.random.random() < 0.2:
            words = f"{words[0]} {words[1:]}"
        return words, unit

    def codes(self, count: int, among: list[str] | None = None) -> list[str]:
        """Return some indicators, each once."""
        return self.random.sample(among or FLOWS + STOCKS + MONEY, count)

    def title(self, form: Form, width: int, *, dated: bool = True) -> int:
        """Put a title above a table; return the first row below it."""
        words = self.random.choice(["四项基础制度落实情况统计表", "基层治理工作情况月报表", "重点工作进展情况汇总表"])
        when = self.random.choice(["2015年9月", "2015年9月份"]) if dated else ""
        form.options |= {} if dated else {"period": MONTH}
        if form.word:
            form.titles += [when + words, self.random.choice(["填报单位：示范区", "填报单位（盖章）："])]
            return 1
        form.text[1, 1] = when + words
        form.merged.append((1, 1, 1, width))
        form.text[2, 1] = self.random.choice(["填报单位：示范区", "填报单位（盖章）：", "填报人：        审核人："])
        return 3

    def matrix(self, form: Form, *, group: bool = False) -> Form:
        """Places down, indicators across; perhaps with a row of groups, a column of numbers, a total and remarks."""
        codes = self.codes(4)
        wrong = self.random.sample(NOBODY, 1)
        top = self.title(form, 8, dated=self.random.random() < 0.7)
        first = self.random.choice([1, 2])
        depth = 2 if group else 1
        if first == 2:
            form.put(top, 1, "序号", depth)
        form.put(top, first, self.random.choice(["乡镇（街道）", "单位", "单位名称"]), depth)
        column = first + 1
        if group:
            form.put(top, column, "工作内容", 1, len(codes) + 1)
        units = {}
        for code in [*codes, *wrong]:
            words, units[code] = self.heading(code) if code not in NOBODY else (code, "")
            form.put(top + depth - 1, column + len(units) - 1, words)
        last = column + len(units)
        form.put(top, last, "备注", depth)
        total = self.random.random() < 0.5
        for number, place in enumerate([*self.townships, *(["合计"] if total else [])], 1):
            row = top + depth - 1 + number
            if first == 2:
                form.put(row, 1, str(number))
            form.put(row, first, place)
            for at, code in enumerate(units):
                asked = (code, place, MONTH, False, units[code])
                form.ask(row, column + at, None if code in NOBODY else asked)
            form.ask(row, last, None)
        return form

    def grouped(self, form: Form) -> Form:
        """A header of two rows."""
        return self.matrix(form, group=True)

    def listed(self, form: Form) -> Form:
        """Indicators down, with a column for the unit and one for the number."""
        top = self.title(form, 5)
        for at, words in enumerate(
            ["序号", "指标名称", "计量单位", self.random.choice(["数量", "完成情况", "本月数"]), "备注"], 1
        ):
            form.put(top, at, words)
        for number, code in enumerate([*self.codes(6), *self.random.sample(NOBODY, 2)], 1):
            row = top + number
            words, unit = self.heading(code, bare=True) if code not in NOBODY else (code, "件")
            form.put(row, 1, str(number))
            form.put(row, 2, words)
            form.put(row, 3, unit)
            form.ask(row, 4, None if code in NOBODY else (code, "示范区", MONTH, False, unit))
            form.ask(row, 5, None)
        return form

    def spans(self, form: Form) -> Form:
        """Indicators down, this month and the year to date across."""
        top = self.title(form, 4)
        form.put(top, 1, "项目")
        for at, words in enumerate(["本月", "本年累计", "同比增减"], 2):
            form.put(top, at, words)
        for number, code in enumerate(
            [*self.codes(4, FLOWS + MONEY), *self.codes(1, RATES[:1]), *self.codes(1, STOCKS)], 1
        ):
            row = top + number
            words, unit = self.heading(code)
            form.put(row, 1, words)
            month = (code, "示范区", MONTH, False, unit)
            form.ask(row, 2, None if code == "G6" else month)
            form.ask(row, 3, None if code in STOCKS else (code, "示范区", MONTH, True, unit))
            form.ask(row, 4, None)
        return form

    def beside(self, form: Form) -> Form:
        """A label and a blank to its right, two pairs in a row."""
        top = self.title(form, 4, dated=False)
        labels = [*self.codes(6), *self.random.sample(NOBODY, 2)]
        for at, code in enumerate(labels):
            words, unit = self.heading(code) if code not in NOBODY else (code, "")
            row, column = top + at // 2, 1 + 2 * (at % 2)
            form.put(row, column, words)
            form.ask(row, column + 1, None if code in NOBODY else (code, "示范区", MONTH, False, unit))
        return form

    def below(self, form: Form) -> Form:
        """A label and a blank below it."""
        top = self.title(form, 4)
        labels = [*self.codes(7), *self.random.sample(NOBODY, 1)]
        for at, code in enumerate(labels):
            words, unit = self.heading(code) if code not in NOBODY else (code, "")
            row, column = top + 2 * (at // 4), 1 + at % 4
            form.put(row, column, words)
            form.ask(row + 1, column, None if code in NOBODY else (code, "示范区", MONTH, False, unit))
        return form

    def across(self, form: Form) -> Form:
        """Indicators down, places across."""
        top = self.title(form, 8)
        form.put(top, 1, "指标")
        places = [*self.townships, "全区"]
        for at, place in enumerate(places, 2):
            form.put(top, at, place)
        for number, code in enumerate([*self.codes(4), *self.codes(2, RATES), *self.random.sample(NOBODY, 1)], 1):
            words, unit = self.heading(code) if code not in NOBODY else (code, "")
            form.put(top + number, 1, words)
            for at, place in enumerate(places, 2):
                asked = (code, "示范区" if place == "全区" else place, MONTH, False, unit)
                form.ask(top + number, at, None if code in NOBODY else asked)
        return form

    def villages_of(self, form: Form) -> Form:
        """Villages down beside their township unit in a merged cell; some indicators are not counted there."""
        top = self.title(form, 6)
        township = self.random.choice(self.townships)
        villages = self.random.sample(self.villages[township], 5)
        codes = [*self.codes(3, FLOWS + STOCKS), "visitors"]
        for at, words in enumerate(["所属乡镇", "村名"], 1):
            form.put(top, at, words)
        form.text[top, 1] = "乡镇"
        units = {}
        for at, code in enumerate(codes, 3):
            words, units[code] = self.heading(code)
            form.put(top, at, words)
        form.put(top + 1, 1, township, len(villages))
        for number, village in enumerate(villages, 1):
            form.put(top + number, 2, self.random.choice([village, village.removesuffix("村") + "村村委会"]))
            form.text[top + number, 2] = form.text[top + number, 2].replace("村村委会", "村委会")
            for at, code in enumerate(codes, 3):
                form.ask(top + number, at, None if code == "visitors" else (code, village, MONTH, False, units[code]))
        return form

    def months(self, form: Form) -> Form:
        """Indicators down, months across, of one township unit."""
        township = self.random.choice(self.townships)
        top = self.title(form, 5, dated=False)
        form.text[2, 1] = f"填报单位：{township}"
        form.put(top, 1, "项目")
        for at, words in enumerate(["7月", "8月", "2015年9月", "1-9月"], 2):
            form.put(top, at, words)
        for number, code in enumerate(self.codes(5, FLOWS), 1):
            words, unit = self.heading(code)
            form.put(top + number, 1, words)
            for at, month in enumerate(["2015-07", "2015-08", MONTH, MONTH], 2):
                form.ask(top + number, at, (code, township, month, at == 5, unit))
        return form

    def stacked(self, form: Form) -> Form:
        """Two tables one below the other; a heading of the second is missing."""
        top = self.title(form, 5)
        for table in range(2):
            form.put(top, 1, "单位")
            codes = self.codes(3)
            units = {}
            for at, code in enumerate(codes, 2):
                words, units[code] = self.heading(code)
                form.put(top, at, words)
            if table:
                form.drawn.add((top, 5))
            for number, place in enumerate(self.townships[:4], 1):
                form.put(top + number, 1, place)
                for at, code in enumerate(codes, 2):
                    form.ask(top + number, at, (code, place, MONTH, False, units[code]))
                if table:
                    form.ask(top + number, 5, None)
            top += 6
        return form

    def side_by_side(self, form: Form) -> Form:
        """Two tables beside one another, with a blank column between."""
        top = self.title(form, 7)
        for table, left in enumerate((1, 5)):
            form.put(top, left, "乡镇")
            codes = self.codes(2)
            units = {}
            for at, code in enumerate(codes, left + 1):
                words, units[code] = self.heading(code)
                form.put(top, at, words)
            for number, place in enumerate(self.townships[3 * table :][:3], 1):
                form.put(top + number, left, place)
                for at, code in enumerate(codes, left + 1):
                    form.ask(top + number, at, (code, place, MONTH, False, units[code]))
        return form

    def no_lines(self, form: Form) -> Form:
        """Places down, indicators across, without a line drawn."""
        form.lines = False
        top = self.title(form, 5)
        form.put(top, 1, "乡镇（街道）")
        codes = self.codes(4)
        units = {}
        for at, code in enumerate(codes, 2):
            words, units[code] = self.heading(code)
            form.put(top, at, words)
        for number, place in enumerate(self.townships, 1):
            form.put(top + number, 1, place)
            for at, code in enumerate(codes, 2):
                form.ask(top + number, at, (code, place, MONTH, False, units[code]))
        return form

    def limited(self, form: Form) -> Form:
        """A matrix whose title limits what is counted; nothing may be filled in."""
        made = self.matrix(form)
        limit = self.random.choice(["涉农", "党员干部", "未成年人", "易返贫"])
        made.text[1, 1] = made.text[1, 1].replace("情况", f"{limit}情况")
        made.truth = dict.fromkeys(made.truth)
        return made

    def prefilled(self, form: Form) -> Form:
        """A list with some numbers, formulas and closed cells in it already."""
        made = self.listed(form)
        for place, text in zip(sorted(made.truth)[::4], ["=SUM(D1:D2)", "—", "17", "/"], strict=False):
            del made.truth[place]
            made.text[place] = text
        return made

    def word_matrix(self, form: Form) -> Form:
        """A matrix in a Word document."""
        form.word = True
        return self.matrix(form)

    def word_beside(self, form: Form) -> Form:
        """Labels and blanks in a Word document."""
        form.word = True
        return self.beside(form)


TUNED = ("matrix", "grouped", "listed", "spans", "beside", "below")
UNSEEN: tuple[str, ...] = ("across", "villages_of", "months", "stacked", "side_by_side", "no_lines")
UNSEEN += ("word_matrix", "word_beside", "limited", "prefilled")
"""Kinds of forms that the finder was not tuned on."""


def generated(snapshot: Snapshot, kind: str, seed: int) -> Form:
    """Return a form of a kind; the same seed gives the same form."""
    draw: Callable[[Form], Form] = getattr(Maker(snapshot, seed), kind)
    return draw(Form(kind))

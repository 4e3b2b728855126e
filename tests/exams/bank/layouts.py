"""Own items laid out as people lay out question banks, in 33 ways, and what reading each of them gives.

``python -m tests.exams.bank.layouts --items 2000`` prints a table: items, read exactly, refused by name, silently
wrong. The parser was built on the layouts of :data:`BUILT_ON` only.
"""

import argparse
import csv
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from openpyxl import Workbook

from govkit.core.errors import Problem
from govkit.exams.bank.convert import read
from govkit.exams.bank.questions import BlanksKey, ChoiceKey, Question, RubricKey, TruthKey
from tests.exams.bank.word_files import Block, Paragraph, Run, grid, plain, word_file

SINGLE, MULTIPLE, TRUTH, FILL, SHORT = "单选", "多选", "判断", "填空", "简答"
KINDS = (SINGLE, MULTIPLE, TRUTH, FILL, SHORT)
HEADINGS = {SINGLE: "单项选择题", MULTIPLE: "多项选择题", TRUTH: "判断题", FILL: "填空题", SHORT: "简答题"}
NUMERALS = "一二三四五"
LETTERS = "ABCDE"

WHO = [
    "村民委员会",
    "村务监督委员会",
    "村民会议",
    "网格员",
    "便民服务站",
    "镇纪委",
    "综治中心",
    "调解委员会",
    "村党支部",
    "区信访局",
]
DOES = [
    "公布收支明细",
    "受理来访登记",
    "审核救助申请",
    "召开代表会议",
    "清点集体资产",
    "上报隐患台账",
    "核对补贴名单",
    "回复群众诉求",
]
WHEN = [
    "每月5日前",
    "2026年1月1日起",
    "15个工作日内",
    "收到材料后的3日内",
    "每季度末",
    "民主评议结束后",
    "换届选举期间",
    "村级事务公开日",
]
HOW = [
    "（含节假日）",
    "“一事一议”",
    "不少于2/3的比例",
    "A4纸打印",
    "以书面形式",
    "按照1.5倍标准",
    "经三分之二以上到会人员同意",
    "逐户",
]
WHAT = [
    "备案",
    "公示",
    "复核",
    "归档",
    "表决",
    "督办",
    "回访",
    "通报",
    "登记",
    "抽查",
    "移交",
    "听证",
    "审计",
    "签收",
    "约谈",
    "函告",
]


@dataclass(frozen=True)
class Item:
    """An item as its author means it; ``key`` is letters, 对 or 错, the blanks by ；, or a model answer."""

    kind: str
    stem: str
    key: str
    options: tuple[str, ...] = ()
    explanation: str = ""


def items(count: int, seed: int = 15, kinds: Sequence[str] = KINDS) -> list[Item]:
    """Return items of all kinds in turn, sorted by kind."""
    chance = random.Random(seed)
    made = [_item(chance, kinds[number % len(kinds)], number + 1) for number in range(count)]
    return sorted(made, key=lambda item: KINDS.index(item.kind))


def _item(chance: random.Random, kind: str, number: int) -> Item:
    said = f"{chance.choice(WHEN)}，{chance.choice(WHO)}应当{chance.choice(HOW)}{chance.choice(DOES)}"
    case = f"某村第{number}号事项中，{said}"
    explanation = f"见《办法》第{chance.randint(2, 60)}条：{chance.choice(DOES)}。" if chance.random() < 0.6 else ""
    if kind in {SINGLE, MULTIPLE}:
        size = chance.choice((3, 4, 4, 4, 5)) if kind == SINGLE else chance.choice((4, 4, 5))
        words = chance.sample(WHAT, size)
        options = tuple(
            f"{word}{chance.choice(WHO)}{chance.choice(('', '12项', '3.5%', '（试行）'))}" for word in words
        )
        right = chance.sample(range(size), 1 if kind == SINGLE else chance.randint(2, size))
        return Item(
            kind, f"{case}，随后要（　）。", "".join(LETTERS[each] for each in sorted(right)), options, explanation
        )
    if kind == TRUTH:
        return Item(kind, f"{case}。（　）", chance.choice("对错"), (), explanation)
    if kind == FILL:
        blanks = chance.sample(WHAT, chance.choice((1, 2)))
        return Item(
            kind, f"{case}，先____" + ("，后____。" if len(blanks) > 1 else "。"), "；".join(blanks), (), explanation
        )
    return Item(
        kind,
        f"简述{chance.choice(WHO)}办理第{number}号事项的步骤。",
        f"先{chance.choice(DOES)}，再{chance.choice(DOES)}。",
        (),
        explanation,
    )


def _sections(asked: Sequence[Item]) -> Iterator[tuple[str, list[Item]]]:
    present = [kind for kind in KINDS if any(item.kind == kind for item in asked)]
    for numeral, kind in zip(NUMERALS, present, strict=False):
        mine = [item for item in asked if item.kind == kind]
        yield f"{numeral}、{HEADINGS[kind]}（每题2分，共{2 * len(mine)}分）", mine


def _after(item: Item, answer: str = "答案：{}", explanation: str = "解析：{}") -> list[str]:
    lines = [answer.format(item.key)] if answer else []
    return lines + ([explanation.format(item.explanation)] if item.explanation else [])


def _options(item: Item, mark: str = "{}. ") -> list[str]:
    return [mark.format(letter) + text for letter, text in zip(LETTERS, item.options, strict=False)]


def _in_brackets(item: Item) -> str:
    return item.stem.replace("（　）", f"（ {item.key} ）") if item.kind in {SINGLE, MULTIPLE, TRUTH} else item.stem


def _by_section(asked: Sequence[Item], one: Callable[[int, Item], list[str]], anew: bool = True) -> list[str]:
    lines, number = [], 0
    for heading, mine in _sections(asked):
        lines.append(heading)
        number = 0 if anew else number
        for item in mine:
            number += 1
            lines += one(number, item)
    return lines


def _text(folder: Path, lines: Iterable[str], encoding: str = "utf-8") -> Path:
    path = folder / "题库.txt"
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def t_usual(asked: Sequence[Item], folder: Path) -> Path:
    return _text(folder, _by_section(asked, lambda n, i: [f"{n}. {i.stem}", *_options(i), *_after(i), ""]))


def t_one_line(asked: Sequence[Item], folder: Path) -> Path:
    def one(n: int, i: Item) -> list[str]:
        return [f"{n}．{i.stem}", "　　".join(_options(i, "{}．")), *_after(i, "【答案】{}", "【解析】{}")]

    return _text(folder, (line for line in _by_section(asked, one) if line))


def t_mixed(asked: Sequence[Item], folder: Path) -> Path:
    lines = [
        line
        for n, i in enumerate(asked, 1)
        for line in [f"{n}、{i.stem}", *_options(i, "{}、"), *_after(i, "正确答案：{}")]
    ]
    return _text(folder, lines, "gb18030")


def t_brackets(asked: Sequence[Item], folder: Path) -> Path:
    def one(n: int, i: Item) -> list[str]:
        given = "" if i.kind in {SINGLE, MULTIPLE, TRUTH} else "答案：{}"
        return [f"{n}.{_in_brackets(i)}", *_options(i, "{}."), *_after(i, given)]

    return _text(folder, _by_section(asked, one, anew=False))


def _key_lines(asked: Sequence[Item], span: bool) -> list[str]:
    lines = ["参考答案"]
    for heading, mine in _sections(asked):
        lines.append(heading.split("（")[0])
        if span and mine[0].kind in {SINGLE, TRUTH}:
            keys = ["√" if i.key == "对" else "×" if i.key == "错" else i.key for i in mine]
            lines += [f"{n + 1}-{min(n + 5, len(keys))} {''.join(keys[n : n + 5])}" for n in range(0, len(keys), 5)]
        elif mine[0].kind in {SINGLE, MULTIPLE, TRUTH}:
            pairs = [f"{n}.{i.key}" for n, i in enumerate(mine, 1)]
            lines += [" ".join(pairs[n : n + 8]) for n in range(0, len(pairs), 8)]
        else:
            lines += [f"{n}. {i.key}" for n, i in enumerate(mine, 1)]
    return lines


def _unanswered(asked: Sequence[Item]) -> list[str]:
    return _by_section(asked, lambda n, i: [f"{n}. {i.stem}", *_options(i)])


def t_key_spans(asked: Sequence[Item], folder: Path) -> Path:
    return _text(folder, [*_unanswered(asked), "", *_key_lines(asked, span=True)])


def t_key_pairs(asked: Sequence[Item], folder: Path) -> Path:
    return _text(folder, [*_unanswered(asked), "", *_key_lines(asked, span=False)], "utf-16")


def t_wide(asked: Sequence[Item], folder: Path) -> Path:
    wide = dict(zip(LETTERS, "ＡＢＣＤＥ", strict=True))

    def one(n: int, i: Item) -> list[str]:
        options = [f"{wide[letter]}、{text}" for letter, text in zip(LETTERS, i.options, strict=False)]
        return [f"第{n}题　{i.stem}", *options, *_after(i, "标准答案：{}")]

    return _text(folder, _by_section(asked, one))


def t_round(asked: Sequence[Item], folder: Path) -> Path:
    return _text(
        folder, _by_section(asked, lambda n, i: [f"（{n}）{i.stem}", *_options(i, "({}) "), *_after(i, "参考答案: {}")])
    )


def t_labels_in_line(asked: Sequence[Item], folder: Path) -> Path:
    def one(n: int, i: Item) -> list[str]:
        tail = f"答案：{i.key}　难度：中等　考点：村务" + (f"　解析：{i.explanation}" if i.explanation else "")
        return [f"{n}、{i.stem}", *_options(i, "{}. "), tail]

    return _text(folder, _by_section(asked, one))


def t_ticks(asked: Sequence[Item], folder: Path) -> Path:
    def one(n: int, i: Item) -> list[str]:
        if i.kind != TRUTH:
            return [f"{n}. {i.stem}", *_options(i), *_after(i)]
        return [f"（{'√' if i.key == '对' else '×'}）{n}. {i.stem.removesuffix('（　）')}", *_after(i, "")]

    return _text(folder, _by_section(asked, one))


def t_tight(asked: Sequence[Item], folder: Path) -> Path:
    def one(n: int, i: Item) -> list[str]:
        return [f"{n}.{i.stem}" + ";".join(_options(i, "{}.")) if i.options else f"{n}.{i.stem}", f"答案:{i.key}", ""]

    return _text(folder, _by_section(asked, one))


def _word(folder: Path, blocks: Iterable[Block]) -> Path:
    return word_file(folder / "题库.docx", blocks)


def w_usual(asked: Sequence[Item], folder: Path) -> Path:
    return _word(folder, map(plain, _by_section(asked, lambda n, i: [f"{n}. {i.stem}", *_options(i), *_after(i)])))


def w_automatic(asked: Sequence[Item], folder: Path) -> Path:
    def blocks() -> Iterator[Block]:
        for heading, mine in _sections(asked):
            yield plain(heading.split("、", 1)[1], "section")
            for n, i in enumerate(mine):
                yield plain(i.stem, "number", n == 0)
                for place, text in enumerate(i.options):
                    yield plain(text, "letter", place == 0)
                yield from map(plain, _after(i))

    return _word(folder, blocks())


def _emphasised(asked: Sequence[Item], look: str, label_too: bool) -> Iterator[Block]:
    for heading, mine in _sections(asked):
        yield plain(heading)
        for n, i in enumerate(mine, 1):
            yield plain(f"{n}. {i.stem}")
            for letter, text in zip(LETTERS, i.options, strict=False):
                shown = look if letter in i.key else ""
                half = len(text) // 2
                label = Run(f"{letter}. ", shown if label_too else "")
                yield Paragraph((label, Run(text[:half], shown), Run(text[half:], shown)))
            yield from map(plain, _after(i, "" if i.options else "答案：{}"))


def w_red(asked: Sequence[Item], folder: Path) -> Path:
    return _word(folder, _emphasised(_not_all(asked), '<w:color w:val="FF0000"/>', True))


def w_bold(asked: Sequence[Item], folder: Path) -> Path:
    return _word(folder, _emphasised(_not_all(asked), "<w:b/>", False))


def w_underlined(asked: Sequence[Item], folder: Path) -> Path:
    return _word(folder, _emphasised(_not_all(asked), '<w:u w:val="single"/>', True))


def w_marked(asked: Sequence[Item], folder: Path) -> Path:
    return _word(folder, _emphasised(_not_all(asked), '<w:highlight w:val="yellow"/>', False))


def _not_all(asked: Sequence[Item]) -> list[Item]:
    return [item for item in asked if len(item.key) < len(item.options) or not item.options]


def w_option_tables(asked: Sequence[Item], folder: Path) -> Path:
    def blocks() -> Iterator[Block]:
        for heading, mine in _sections(asked):
            yield plain(heading)
            for n, i in enumerate(mine, 1):
                yield plain(f"{n}．{i.stem}")
                options = _options(i, "{}．")
                if options:
                    yield grid([options[place : place + 2] for place in range(0, len(options), 2)])
                yield from map(plain, _after(i))

    return _word(folder, blocks())


def w_bank_table(asked: Sequence[Item], folder: Path) -> Path:
    rows = [["序号", "题型", "题干", "A", "B", "C", "D", "E", "答案", "解析"]]
    for n, i in enumerate(asked, 1):
        rows.append([str(n), i.kind, i.stem, *i.options, *[""] * (5 - len(i.options)), i.key, i.explanation])
    return _word(folder, [plain("某区应知应会题库"), grid(rows)])


def w_row_each(asked: Sequence[Item], folder: Path) -> Path:
    rows = [["序号", "题型", "题目", "答案"]]
    rows += [[str(n), i.kind, "\n".join([i.stem, *_options(i)]), i.key] for n, i in enumerate(asked, 1)]
    return _word(folder, [grid(rows)])


def w_key_table(asked: Sequence[Item], folder: Path) -> Path:
    simple = [item for item in asked if item.kind in {SINGLE, MULTIPLE, TRUTH}]
    lines = [plain(line) for line in _by_section(simple, lambda n, i: [f"{n}. {i.stem}", *_options(i)], anew=False)]
    numbered = list(enumerate(simple, 1))
    rows = []
    for start in range(0, len(numbered), 10):
        ten = numbered[start : start + 10]
        rows += [["题号", *(str(n) for n, _i in ten)], ["答案", *(i.key for _n, i in ten)]]
    return _word(folder, [*lines, plain("参考答案"), grid(rows)])


def w_breaks(asked: Sequence[Item], folder: Path) -> Path:
    return _word(
        folder,
        map(plain, _by_section(asked, lambda n, i: ["\n".join([f"{n}、{i.stem}", *_options(i, "{}、"), *_after(i)])])),
    )


def w_automatic_brackets(asked: Sequence[Item], folder: Path) -> Path:
    def blocks() -> Iterator[Block]:
        for heading, mine in _sections(asked):
            yield plain(heading)
            for n, i in enumerate(mine):
                yield plain(_in_brackets(i), "number", n == 0)
                if i.options:
                    yield plain("\t".join(_options(i, "{}.")))
                yield from map(plain, _after(i, "" if i.options or i.kind == TRUTH else "答案：{}"))

    return _word(folder, blocks())


def w_changes(asked: Sequence[Item], folder: Path) -> Path:
    def changed(line: str) -> Paragraph:
        half = len(line) // 2
        gone = Run("", xml="<w:del><w:r><w:delText>删去的字</w:delText></w:r></w:del>")
        new = Run("", xml=f'<w:ins><w:r><w:t xml:space="preserve">{line[half:]}</w:t></w:r></w:ins>')
        return Paragraph((Run(line[:half]), gone, new))

    return _word(folder, map(changed, _by_section(asked, lambda n, i: [f"{n}. {i.stem}", *_options(i), *_after(i)])))


def w_circled(asked: Sequence[Item], folder: Path) -> Path:
    signs = "①②③④⑤"

    def one(n: int, i: Item) -> list[str]:
        options = [sign + text for sign, text in zip(signs, i.options, strict=False)]
        key = "".join(signs[LETTERS.index(letter)] for letter in i.key) if i.options else i.key
        return [f"{n}. {i.stem}", *options, f"答案：{key}", *_after(i, "")]

    return _word(folder, map(plain, _by_section(asked, one)))


def w_filled_blanks(asked: Sequence[Item], folder: Path) -> Path:
    def stem(n: int, i: Item) -> Paragraph:
        runs, pieces = [Run(f"{n}. ")], i.stem.split("____")
        for piece, word in zip(pieces, [*i.key.split("；"), ""], strict=False):
            runs += [Run(piece), Run(word, '<w:u w:val="single"/>')]
        return Paragraph(tuple(runs))

    def blocks() -> Iterator[Block]:
        for heading, mine in _sections(asked):
            yield plain(heading)
            for n, i in enumerate(mine, 1):
                if i.kind == FILL:
                    yield stem(n, i)
                else:
                    yield from map(plain, [f"{n}. {i.stem}", *_options(i), *_after(i)])

    return _word(folder, blocks())


USUAL = ["题型", "题干", "选项A", "选项B", "选项C", "选项D", "选项E", "答案", "解析"]


def _rows(asked: Sequence[Item], key: Callable[[Item], str] = lambda item: item.key) -> list[list[str]]:
    return [[f"{i.kind}题", i.stem, *i.options, *[""] * (5 - len(i.options)), key(i), i.explanation] for i in asked]


def _book(folder: Path, sheets: dict[str, list[list[str]]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(folder / "题库.xlsx")
    return folder / "题库.xlsx"


def x_usual(asked: Sequence[Item], folder: Path) -> Path:
    return _book(folder, {"题库": [USUAL, *_rows(asked)]})


def x_aliases(asked: Sequence[Item], folder: Path) -> Path:
    titles = ["题目类型（必填）", "试题内容*", "选项1", "选项2", "选项3", "选项4", "选项5", "正确 答案", "答案解析"]
    return _book(
        folder,
        {
            "Sheet1": [
                ["某镇题库"],
                ["说明：星号必填"],
                titles,
                *_rows(asked, lambda i: "、".join(i.key) if i.options else i.key),
            ]
        },
    )


def x_one_cell(asked: Sequence[Item], folder: Path) -> Path:
    rows = [[HEADINGS[i.kind], i.stem, "\n".join(_options(i)), i.key] for i in asked]
    return _book(folder, {"题库": [["题型", "题目", "选项", "答案"], *rows]})


def x_sheets(asked: Sequence[Item], folder: Path) -> Path:
    sheets = {
        HEADINGS[mine[0].kind]: [USUAL[1:], *(row[1:] for row in _rows(mine))] for _heading, mine in _sections(asked)
    }
    return _book(folder, sheets)


def x_leaked(asked: Sequence[Item], folder: Path) -> Path:
    return _book(
        folder,
        {"题库": [USUAL, *([row[0], _in_brackets(i), *row[2:]] for row, i in zip(_rows(asked), asked, strict=True))]},
    )


def x_csv(asked: Sequence[Item], folder: Path) -> Path:
    path = folder / "题库.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(
            [
                USUAL,
                *_rows(
                    asked,
                    lambda i: (
                        ",".join(i.key) if i.options else "√" if i.key == "对" else "×" if i.key == "错" else i.key
                    ),
                ),
            ]
        )
    return path


def x_marked_options(asked: Sequence[Item], folder: Path) -> Path:
    rows = [[f"{i.kind}题", "\n".join([i.stem, *_options(i, "{}、")]), i.key] for i in asked]
    return _book(folder, {"题库": [["试题类型", "试题", "标准答案"], *rows]})


Layout = Callable[[Sequence[Item], Path], Path]
BUILT_ON: tuple[Layout, ...] = (
    *(t_usual, t_one_line, t_mixed, t_brackets, t_key_spans, t_wide, t_ticks),
    *(w_usual, w_automatic, w_red, w_bold, w_option_tables, w_bank_table, w_automatic_brackets, w_changes, w_circled),
    *(w_filled_blanks, x_usual, x_aliases, x_one_cell, x_leaked, x_marked_options),
)
KEPT_APART: tuple[Layout, ...] = (
    *(t_key_pairs, t_round, t_labels_in_line, t_tight, w_underlined, w_marked, w_row_each, w_key_table, w_breaks),
    *(x_sheets, x_csv),
)
"""Layouts that were run only when the parser was done."""


@dataclass(frozen=True)
class Outcome:
    """What reading one layout gave."""

    layout: str
    asked: int
    exact: int
    refused: int
    wrong: int
    examples: tuple[str, ...]
    seconds: float


def outcome(layout: Layout, asked: Sequence[Item], folder: Path) -> Outcome:
    """Return what reading the items in a layout gives; wrong is what is read otherwise than meant without a word."""
    path = layout(asked, folder)
    if layout in {w_red, w_bold, w_underlined, w_marked}:
        asked = _not_all(asked)
    if layout is w_key_table:
        asked = [item for item in asked if item.kind in {SINGLE, MULTIPLE, TRUTH}]
    laid = time.perf_counter()
    bank, problems = read(path)
    seconds = time.perf_counter() - laid
    meant = {stem_of(item.stem): item for item in asked}
    bad = {str(problem.where) for problem in problems if problem.severity == "error"}
    good = [question for question in bank if str(bank.place(question.id)) not in bad]
    exact = [question for question in good if _same(question, meant.get(stem_of(question.stem)))]
    said = {str(problem.where) for problem in problems}
    others = [question for question in good if question not in exact and str(bank.place(question.id)) not in said]
    refused = len(asked) - len(good)
    examples = [f"{q.type.label} {q.stem} {[o.text for o in q.options]} {q.key}" for q in good if q not in exact]
    examples += [str(problem) for problem in _errors(problems)]
    return Outcome(layout.__name__, len(asked), len(exact), max(refused, 0), len(others), tuple(examples[:3]), seconds)


def _errors(problems: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def stem_of(stem: str) -> str:
    """Return a stem without the brackets and spaces that an answer may stand in."""
    return stem.replace("（　）", "").replace(" ", "").strip()


def _same(question: Question, item: Item | None) -> bool:
    if item is None or question.type.label != item.kind or tuple(o.text for o in question.options) != item.options:
        return False
    return shown_key(question) == item.key


def shown_key(question: Question) -> str:
    """Return a key as an item writes it."""
    match question.key:
        case ChoiceKey(right):
            return "".join(right)
        case TruthKey(value):
            return "对" if value else "错"
        case BlanksKey(blanks):
            return "；".join("/".join(blank) for blank in blanks)
        case RubricKey(_, model):
            return model
    return ""


def main() -> None:
    """Print what each layout gives; the exit code is 1 where anything is silently wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--only", default="", help="the layouts whose names contain this")
    chosen = parser.parse_args()
    asked, rows = items(chosen.items), []
    for layout in (*BUILT_ON, *KEPT_APART):
        if chosen.only not in layout.__name__:
            continue
        with tempfile.TemporaryDirectory() as folder:
            row = outcome(layout, asked, Path(folder))
        rows.append(row)
        apart = "apart" if layout in KEPT_APART else "     "
        counts = f"{row.asked:5} exact {row.exact:5} refused {row.refused:4} wrong {row.wrong:4} {row.seconds:5.1f} s"
        click.echo(f"{row.layout:22} {apart} {counts}")
        for example in row.examples if row.exact < row.asked else ():
            click.echo(f"     {example[:230]}")
    total, exact, wrong = (sum(getattr(row, name) for row in rows) for name in ("asked", "exact", "wrong"))
    click.echo(f"{len(rows)} layouts: {exact} of {total} exact ({exact / total:.2%}), {wrong} silently wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

"""The assembly panel: choose a blueprint, change counts, preview the papers, write them with their sealed key."""

import secrets
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ipywidgets as w
import yaml
from markupsafe import Markup

from govkit.core.files import shipped
from govkit.core.html import render
from govkit.exams.bank.bank import Bank, load_bank
from govkit.exams.bank.markup import text_html
from govkit.exams.exam import assemble, papers_and_key
from govkit.exams.paper.assembly import form_facility, select
from govkit.exams.paper.blueprint import Blueprint, read_blueprint
from govkit.exams.paper.paper import Paper
from govkit.exams.yaml_reader import decimal_of, read_values
from govkit.widgets.opening import opens
from govkit.widgets.panel import (
    FIELD,
    LABEL,
    attempt,
    button,
    heading,
    html,
    notice,
    on_change,
    panel,
    passphrase_field,
    person_field,
    show,
    stem,
    table,
    text_field,
)

_FIELDS = {"title": "考试名称", "date": "考试日期", "minutes": "时长（分钟）", "pass_mark": "及格线"}


def blueprints(folder: Path) -> dict[str, Path]:
    """Return blueprints by display name: those near ``folder``, then the shipped ones."""
    near = [
        *sorted(folder.glob("blueprints/*.yaml")),
        *(folder / name / "blueprint.yaml" for name in ("exam", "demo/exam")),
    ]
    found = {path.relative_to(folder).as_posix(): path for path in near if path.is_file()}
    own = sorted(shipped("quizzes/blueprints").glob("*.yaml"))
    return found | {f"自带：{read_blueprint(path).title}（{path.stem}）": path for path in own}


def changed_blueprint(source: Path, counts: list[tuple[int, str]], fields: dict[str, str]) -> str:
    """Return a blueprint's YAML with other counts and points of its sections, their sum as total, and other fields.

    Comments of the source are not carried over.
    """
    read_blueprint(source)  # raises every mistake with its line
    text = read_values(source)
    for section, (count, points) in zip(text["sections"], counts, strict=True):
        section |= {"count": str(count), "points": points}
    text["sections"] = [section for section in text["sections"] if int(section["count"])]
    return yaml.safe_dump(text | fields, allow_unicode=True, sort_keys=False)


def preview(blueprint: Blueprint, bank: Bank, seed: str) -> tuple[dict[str, Paper], dict[str, float]]:
    """Return the papers of a seed by form, and the expected facility of each; nothing of the key is kept."""
    selection = select(blueprint, bank, seed, {})
    papers, _sheet = papers_and_key(blueprint, selection, bank.by_id(), seed)
    return papers, {form: form_facility(blueprint, selection, form, bank.by_id()) for form in papers}


def paper_preview(paper: Paper) -> Markup:
    """Return a paper as candidates get it, but for their own order of questions and options."""
    return render("widgets/paper.html", paper=paper, stem=stem, text=text_html)


@opens("exams/assemble")
def assemble_panel(bank: str | Path = "", folder: str | Path = "") -> w.Widget:
    """Return the assembly panel.

    :param bank: a question bank; the shipped one by default.
    :param folder: the folder to look for blueprints in and to write exams to; the current folder by default.
    :raises InputError: the bank has errors.

    Example::

        assemble_panel(folder="exams")
    """
    return AssemblePanel(load_bank(Path(bank) if bank else shipped("quizzes")), Path(folder or Path.cwd())).box


class AssemblePanel:
    """Preview and written exam of one seed; another seed is drawn on request."""

    def __init__(self, bank: Bank, folder: Path) -> None:
        self.bank, self.folder = bank, folder
        self.seed = secrets.token_hex(16)
        self.known = blueprints(folder)
        self.choice = w.Dropdown(options=list(self.known), description="组卷方案", style=LABEL, layout=FIELD)
        self.rows = w.VBox()
        self.sections: list[tuple[Any, Any]] = []
        self.total, self.seen, self.written = w.HTML(), w.HTML(), w.HTML()
        self.fields = {name: text_field(label) for name, label in _FIELDS.items()}
        self.form = w.ToggleButtons(options=["A"], description="看哪一卷", style=LABEL)
        self.papers: dict[str, Paper] = {}
        self.target = text_field("写入文件夹", "exam")
        self.person, self.secret, self.again = person_field(), passphrase_field(), passphrase_field("再输一次")
        on_change(self.choice, lambda _new: self._load())
        on_change(self.form, lambda _new: self._look())
        self.paper = w.HTML()
        self.box = panel(*self._children())
        self._load()

    def _children(self) -> list[w.Widget]:
        looks = w.HBox([button("组卷预览", self.look, main=True), button("换一套题", self.other)])
        write = button("写出试卷并密封答案", self.write, main=True)
        return [
            self.choice, *self.fields.values(), self.rows, self.total, looks, self.seen, self.form, self.paper,
            html(heading("写出")), self.target, self.person, self.secret, self.again, write, self.written,
        ]  # fmt: skip

    def look(self) -> None:
        """Assemble a preview with the current counts."""
        if attempt(self.seen, self._assembled):
            self.form.options = list(self.papers)
            self._look()

    def other(self) -> None:
        """Draw another seed and preview again."""
        self.seed = secrets.token_hex(16)
        self.look()

    def write(self) -> None:
        """Write papers and sealed key."""
        attempt(self.written, self._write)
        self.secret.value = self.again.value = ""

    def _load(self) -> None:
        attempt(self.total, self._loaded)

    def _loaded(self) -> Markup:
        self.sections, self.rows.children = [], ()
        blueprint = read_blueprint(self.known[self.choice.value])
        for name, field in self.fields.items():
            field.value = str(getattr(blueprint, name))
        rows = []
        for section in blueprint.sections:
            count = w.BoundedIntText(value=section.count, min=0, max=500, layout=w.Layout(width="6em"))
            points = w.Text(value=str(section.points), layout=w.Layout(width="6em"))
            for field in (count, points):
                on_change(field, lambda _new: self._sum())
            self.sections.append((count, points))
            title = w.Label(section.title, layout=w.Layout(width="7em"))
            rows.append(w.HBox([title, count, w.Label("题，每题"), points, w.Label("分")]))
        self.rows.children = tuple(rows)
        return self._total()

    def _sum(self) -> None:
        show(self.total, self._total())

    def _total(self) -> Markup:
        return notice(f"共 {sum(count.value for count, _points in self.sections)} 题，{self._points()} 分")

    def _points(self) -> str:
        worth = ((count.value, decimal_of(points.value.strip())) for count, points in self.sections)
        return str(sum((count * (points or 0) for count, points in worth), Decimal(0)))

    def _text(self) -> str:
        counts = [(count.value, points.value.strip()) for count, points in self.sections]
        fields = {name: field.value.strip() for name, field in self.fields.items()} | {"total": self._points()}
        return changed_blueprint(self.known[self.choice.value], counts, fields)

    def _assembled(self) -> Markup:
        with TemporaryDirectory() as scratch:
            self.papers, facilities = preview(read_blueprint(self._saved(Path(scratch))), self.bank, self.seed)
        rows = [
            [f"{form}卷", len(paper.questions), paper.total, f"{facilities[form]:.3f}"]
            for form, paper in self.papers.items()
        ]
        return table(["卷别", "题数", "分值", "预期得分率"], rows)

    def _look(self) -> None:
        paper = self.papers.get(self.form.value)
        show(self.paper, paper_preview(paper) if paper else "")

    def _write(self) -> Markup:
        if self.secret.value != self.again.value:
            return notice("两次输入的口令不一致，没有写出任何文件。")
        target = self.folder / (self.target.value.strip() or "exam")
        with TemporaryDirectory() as scratch:
            saved = self._saved(Path(scratch))
            person = self.person.value.strip()
            assemble(saved, self.bank, target, passphrase=self.secret.value, person=person, seed=self.seed)
        return notice(f"试卷和密封的答案已写入 {target}。口令丢失，答案就打不开，请妥善保管。")

    def _saved(self, scratch: Path) -> Path:
        path = scratch / "blueprint.yaml"
        path.write_text(self._text(), encoding="utf-8")
        return path

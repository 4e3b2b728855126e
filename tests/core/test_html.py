"""The template environment: values are escaped, and an unknown variable is an error."""

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from markupsafe import Markup

from govkit.core.html import environment

HOSTILE = """<script>alert('"1"')</script>"""


def test_what_a_template_shows_is_escaped() -> None:
    shown = environment().from_string('<p title="{{ text }}">{{ text }}</p>').render(text=HOSTILE)
    assert "<script" not in shown
    assert '"1"' not in shown
    assert shown.count("&lt;script&gt;") == 2


def test_only_markup_is_shown_as_it_is() -> None:
    template = environment().from_string("{{ text }}")
    assert template.render(text=Markup("<b>一</b>")) == "<b>一</b>"
    assert template.render(text="<b>一</b>") == "&lt;b&gt;一&lt;/b&gt;"


@pytest.mark.parametrize("source", ["{{ absent }}", "{% if absent %}一{% endif %}", "{{ record.absent }}"])
def test_an_unknown_variable_is_an_error(source: str) -> None:
    with pytest.raises(UndefinedError):
        environment().from_string(source).render(record={"present": 1})


def test_a_template_that_is_not_there_is_an_error() -> None:
    with pytest.raises(TemplateNotFound):
        environment().get_template("room/absent.html")

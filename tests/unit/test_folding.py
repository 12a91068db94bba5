"""What a template says in plain words is put in once, and means the same as if it were not."""

import pytest
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from api.pages.folding import Folded, translating

TEXTS = {
    "To pay": "К оплате",
    "Owed: %(sum)s": "Долг: %(sum)s",
    "%(one)s of %(all)s": "Всего %(all)s, из них %(one)s",
    "100 %% sure": "100 %% верно",
}
SOURCES = [
    '{{ _("To pay") }}',
    "{{ _('To pay') }}\n<b>",
    '{{ _("Owed: %(sum)s", sum=debt|string) }}',
    '{{ _("%(one)s of %(all)s", one=debt, all="<i>") }}',
    '{{ _("100 %% sure") }}',
    '{{ _("Unknown & unsaid") }}',
    '{{ _("To pay")|upper }}',
    '{{ _("Owed: %(sum)s", sum=twice(debt)) }}',
]


def environment(*extensions: str | type) -> Environment:
    made = Environment(
        autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n", *extensions]
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: TEXTS.get(text, text), lambda one, many, count: one, newstyle=True
    )
    made.globals["_"] = translating(lambda text: TEXTS.get(text, text))
    made.globals["twice"] = lambda text: text * 2
    made.globals["asset"] = lambda name: f"/assets/1/{name}"
    return made


@pytest.mark.parametrize("source", SOURCES)
def test_a_page_says_the_same(source: str):
    plain, folded = (environment(*more).from_string(source) for more in ((), (Folded,)))
    for debt in ("1 < 2", Markup("<b>5</b>")):
        assert folded.render(debt=debt) == plain.render(debt=debt)


def test_a_text_is_part_of_the_template():
    assert environment(Folded).preprocess('<a>{{ _("To pay") }}</a>') == "<a>К оплате</a>"


def test_a_place_takes_its_expression():
    folded = environment(Folded).preprocess('{{ _("Owed: %(sum)s", sum=debt|string) }}')
    assert folded == "Долг: {{ debt|string }}"


def test_a_file_takes_its_address():
    assert environment(Folded).from_string('{{ asset("page.js") }}').render() == "/assets/1/page.js"

"""What a client needs to draw the form of any kind: titles in the reader's language, order, widgets."""

import re
from zoneinfo import ZoneInfo

import pytest

from api.form_schema import schema
from api.pages.drawing import Drawing
from domain.accounts.accounts import AccountKind
from domain.kinds import KINDS

CYRILLIC = re.compile("[а-яё]")
LATIN = re.compile(r"\b[a-z]{3,}\b")
WIDGETS = {
    *("text", "long-text", "number", "date", "date-time", "checkbox", "choice", "variants", "group", "list"),
    *("money", "kopecks", "hidden", "phone"),
    *(
        "supplier-account",
        "own-supplier-account",
        "account",
        "charge",
        "charges",
        "meter",
        "meters",
        "delivery-points",
        "payment",
    ),
}
MADE = [
    (f"{kind} {part}", made)
    for kind, form in KINDS.items()
    for part, made in (("form", form), ("grant", form.grant))
]


@pytest.fixture(params=MADE, ids=[name for name, _ in MADE])
def made(request):
    return request.param[1]


def fields(made):
    """Where each property stands, and what is told of it."""
    for name, node in schema(made, "ru")["$defs"].items():
        for field, told in node.get("properties", {}).items():
            yield f"{name}.{field}", told


def test_every_field_has_a_russian_title_a_place_and_a_widget(made):
    for where, told in fields(made):
        assert CYRILLIC.search(told.get("title", "")), where
        assert told["x-widget"] in WIDGETS, where
        assert isinstance(told["x-order"], int), where


def test_nothing_of_it_is_in_two_languages(made):
    for where, told in fields(made):
        for words in (told["title"], told.get("description", "")):
            assert not LATIN.search(words), where


def test_every_choice_and_every_variant_has_a_russian_title(made):
    defs = schema(made, "ru")["$defs"]
    for name, node in defs.items():
        if "enum" in node:
            assert [one["const"] for one in node["oneOf"]] == node["enum"], name
            assert all(CYRILLIC.search(one["title"]) for one in node["oneOf"]), name
        for field, told in node.get("properties", {}).items():
            if told["x-widget"] == "variants":
                names = [one["$ref"].rpartition("/")[2] for one in told["anyOf"]]
                assert all(CYRILLIC.search(defs[one]["title"]) for one in names), f"{name}.{field}"


def test_no_name_of_a_class_and_no_docstring_is_told(made):
    for name, node in schema(made, "ru")["$defs"].items():
        assert node.get("title") != name
        assert not re.search("[a-z]", node.get("description", "")), name


def test_it_is_told_in_english_too(made):
    for name, node in schema(made, "en")["$defs"].items():
        for field, told in node.get("properties", {}).items():
            assert not CYRILLIC.search(told["title"] + told.get("description", "")), f"{name}.{field}"


def test_what_several_kinds_have_in_common_comes_last():
    names = list(schema(KINDS["meter-replacement"], "ru")["$defs"]["MeterReplacement"]["properties"])
    assert names == [
        *("kind", "reason", "meters", "premises", "since", "applied_number", "contact"),
        *("lines", "signer", "words"),
    ]


def test_days_hours_and_money_are_drawn_as_such():
    told = dict(fields(KINDS["damages"]))
    widgets = {where: one["x-widget"] for where, one in told.items()}
    assert widgets["Damages.happened_at"] == "date-time"
    assert widgets["Damages.act_drawn_at"] == "date-time"
    assert widgets["HarmedThing.asked"] == "money"
    assert widgets["Damages.event"] == "choice"
    assert widgets["Damages.supplier_account_id"] == "own-supplier-account"


@pytest.mark.parametrize(
    ("for_whom", "offered"), [(AccountKind.UNIFIED, True), (AccountKind.CONTRACT, False)]
)
def test_a_legal_entity_is_offered_no_apartment(for_whom, offered):
    drawing = Drawing(schema(KINDS["meter-sealing"], "ru"), {}, ZoneInfo("UTC"), for_whom)

    def titles(typed):
        [premises] = [one for one in drawing.fields(typed) if one.name == "premises"]
        return {option.value for option in premises.options}

    assert ("apartment" in titles({})) is offered
    assert "other" in titles({})
    assert "apartment" in titles({"premises": ["apartment"]})  # chosen before: it is not lost


def test_what_is_taken_when_nothing_is_chosen_is_chosen_openly():
    drawing = Drawing(schema(KINDS["consultation"], "ru"), {}, ZoneInfo("UTC"))
    for typed in ({}, {"topic": [""]}):
        [topic] = [one for one in drawing.fields(typed) if one.name == "topic"]
        assert (topic.has_default, topic.value) == (True, "other")

"""Every text a person may read is there in Russian, with the same places to fill."""

import importlib
import pkgutil
from collections.abc import Iterator
from string import Formatter

import pytest

import adapters
import api
import domain
import services
from api.problems import STATUS
from api.shapes import TEXTS, FieldError, field_errors
from api.texts import catalogue, language_of, translated
from domain.kernel.access import KIND_NAMES, SCOPE_NAMES, ActorKind, Scope
from domain.kernel.errors import Refusal


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from refusals(narrower)


for package in (domain, services, adapters, api):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)

OURS = [kind for kind in dict.fromkeys(refusals()) if not kind.__module__.startswith("tests")]
MESSAGES = {text for kind in OURS for text in (kind.text, kind.remedy) if text} | TEXTS
MESSAGES |= {*SCOPE_NAMES.values(), *KIND_NAMES.values()}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_text_is_translated():
    russian = catalogue("ru")
    missing = sorted(text for text in MESSAGES if russian.gettext(text) == text)
    assert not missing, missing


@pytest.mark.parametrize("text", sorted(MESSAGES))
def test_a_translation_has_the_same_places(text):
    assert places(catalogue("ru").gettext(text)) == places(text)


def test_every_right_and_every_kind_has_a_name():
    assert set(SCOPE_NAMES) == set(Scope)
    assert set(KIND_NAMES) == set(ActorKind)


def test_codes_are_unique_and_readable():
    codes = [kind.code for kind in OURS]
    doubled = sorted({code for code in codes if codes.count(code) > 1})
    assert not doubled, doubled
    assert all(code == code.lower() and " " not in code and "_" not in code for code in codes)


def test_every_refusal_has_a_status():
    from api.problems import BodyTooLarge, InternalError, MalformedRequest, MethodNotAllowed

    own = {Refusal, BodyTooLarge, InternalError, MalformedRequest, MethodNotAllowed}
    assert [kind for kind in OURS if kind not in own and not issubclass(kind, tuple(STATUS))] == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "ru"),
        ("", "ru"),
        ("en", "en"),
        ("en-GB,en;q=0.9,ru;q=0.8", "en"),
        ("de,ru;q=0.5,en;q=0.4", "ru"),
        ("de", "ru"),
        ("*", "ru"),
        ("en;q=0", "ru"),
        ("en;q=0.1, *;q=0.9", "ru"),
        (";;;q=,,", "ru"),
    ],
)
def test_the_language_is_chosen_by_the_header(header, language):
    assert language_of(header) == language


def test_an_empty_text_is_not_the_catalogues_header():
    assert translated("ru", "") == ""


@pytest.mark.parametrize(
    ("message", "key", "expected"),
    [
        ("Object missing required field `phone`", "data", FieldError("phone", "Поле обязательно")),
        ("Object contains unknown field `x`", "proof", FieldError("proof.x", "Такого поля нет")),
        ("Expected `str` of length <= 40", "phone", FieldError("phone", "Длина должна быть <= 40")),
        ("Expected `int` >= 1", "limit", FieldError("limit", "Значение должно быть >= 1")),
        ("Expected `str`, got `int`", "phone", FieldError("phone", "Здесь ожидается «str», а не «int»")),
        (
            "Expected `str | null`, got `int`",
            "p",
            FieldError("p", "Здесь ожидается «str | null», а не «int»"),
        ),
        ("Invalid enum value 'x'", "m", FieldError("m", "Такого варианта нет")),
        ("Invalid UUID", "id", FieldError("id", "Это не похоже на UUID")),
        ("Something new", "id", FieldError("id", "Значение не подходит")),
    ],
)
def test_msgspecs_sentences_are_told_in_russian(message, key, expected):
    assert list(field_errors([{"message": message, "key": key}], "ru")) == [expected]

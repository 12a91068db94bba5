"""The kinds of cases there are: what each takes, so that clients draw its form without a release."""

from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, SkipValidation

from api import case_words
from api.case_shapes import PaperOut
from api.form_schema import schema
from api.identity import Entry
from api.problems import responses
from api.texts import language_of, translated
from domain.accounts.accounts import AccountKind
from domain.cases.cases import Family
from domain.cases.clock import DeadlineRule, Deadlines
from domain.kernel.calendar import business_day
from domain.kernel.terms import Terms
from domain.kinds import FAMILIES, KINDS


class DeadlineOut(msgspec.Struct, frozen=True, kw_only=True):
    """`ground` null: for all others. `source` is the law or our own promise."""

    ground: str | None
    words: str
    rule: DeadlineRule

    @classmethod
    def of(cls, rule: DeadlineRule, language: str) -> Self:
        return cls(ground=rule.ground, words=case_words.term(rule, language), rule=rule)


class CaseKindOut(msgspec.Struct, frozen=True, kw_only=True):
    """`form` and `grant` are JSON Schemas (draft 2020-12) of what the applicant and whoever decides fill in,
    with titles, order and widgets: see docs/applications.md.
    File it at /api/v1/accounts/{account_id}/{family}/{case_id}."""

    kind: str
    family: Family
    title: str
    explanation: str
    for_whom: list[AccountKind]
    papers: list[PaperOut]
    deadlines: list[DeadlineOut]
    form: dict[str, Any]
    grant: dict[str, Any]

    @classmethod
    def of(cls, kind: str, deadlines: Deadlines, language: str) -> Self:
        form = KINDS[kind]
        rules = [rule for rule in deadlines.rules if rule.kind == kind]
        if not any(rule.ground is None for rule in rules):
            rules.append(deadlines.otherwise)
        return cls(
            kind=kind,
            family=FAMILIES[kind],
            title=translated(language, form.title),
            explanation=translated(language, form.explanation),
            for_whom=sorted(form.for_whom),
            papers=[PaperOut.of(paper, language) for paper in form.papers],
            deadlines=[DeadlineOut.of(rule, language) for rule in rules],
            form=schema(form, language),
            grant=schema(form.grant, language),
        )


@get("/case-kinds", opt={"access": Entry.SIGNED_IN}, responses=responses(401, 403, 422))
async def list_case_kinds(
    request: Request[Any, Any, Any],
    terms: NamedDependency[SkipValidation[Terms]],
    zone: NamedDependency[ZoneInfo],
    now: NamedDependency[datetime],
    family: FromQuery[Family | None] = None,
    account_kind: FromQuery[AccountKind | None] = None,
) -> list[CaseKindOut]:
    """Every kind of application, claim and enquiry: its form as a JSON Schema, its papers, its deadline.

    Narrow them by `family`, and by the `account_kind` of who files.
    """
    deadlines = await terms.at(Deadlines, business_day(now, zone))
    language = language_of(request.headers.get("accept-language"))
    return [
        CaseKindOut.of(kind, deadlines, language)
        for kind, form in KINDS.items()
        if family in (None, FAMILIES[kind]) and (account_kind is None or account_kind in form.for_whom)
    ]


case_kinds = Router("/", tags=["applications and claims"], route_handlers=[list_case_kinds])

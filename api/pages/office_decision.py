"""The answer to a case: the rule's proposal beside the form, what would follow from it, then giving it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation

from api.case_shapes import CaseOut
from api.form_schema import schema
from api.office_decisions import VerdictIn
from api.pages.account_options import AccountOptions, Options, lines_told, with_found
from api.pages.case_forms import FormUnfinished
from api.pages.drawing import Drawing, Typed
from api.pages.language import language_for
from api.pages.office_case import OFFICE_CASE
from api.pages.refund_options import with_refundable
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.told_forms import typed_of
from api.payment_searches import traced
from api.problems import status_of
from api.proposal_shapes import DecisionPreviewOut, ProposalOut
from api.shapes import field_error
from api.texts import translated
from domain.accounts.accounts import Accounts
from domain.cases.cases import Case
from domain.cases.corrections import THEIRS, named_lines, whose
from domain.cases.forms import Proposal
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Invalid, Refusal
from domain.kernel.ids import AccountId, CaseId, ChargeId
from domain.kernel.money import ZERO, Money
from domain.payments.traces import MoneyTraces
from domain.people.four_eyes import Approval
from services.cases.reading import CaseReading
from services.cases.two_people import CaseDecisions
from services.payments.refunding import RefundService
from services.people.memberships import MembershipService
from services.repeating import repeated

OUTCOMES = ("satisfied", "partly_satisfied", "refused", "left_without_consideration")
_GRANTING = frozenset(OUTCOMES[:2])
_LOOKED = "GET /office/accounts/…/cases/…/decision"
_OWN = ("outcome", "answer", "rule", "inner_note")


class OutcomeMissing(Invalid):
    code = "decision-outcome-missing"
    text = "No outcome is chosen"
    remedy = "Choose the outcome"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What comes back with the form."""

    preview: DecisionPreviewOut | None = None
    refusal: Any = None
    wrong: Mapping[str, str] = {}
    status: int = 200


@dataclass(frozen=True, slots=True)
class DecisionDesk:
    """What the page of a decision is made of."""

    reading: CaseReading
    accounts: Accounts
    options: AccountOptions
    decisions: CaseDecisions
    money_traces: MoneyTraces
    memberships: MembershipService
    refunding: RefundService
    zone: ZoneInfo

    async def drawing(self, access: Access, case: Case, language: str) -> Drawing:
        """The kind's own grant as one group, so that its fields and the answer's do not meet."""
        made = schema(case.form.grant, language)
        group = {
            "required": ["grant"],
            "properties": {
                "grant": {"$ref": made["$ref"], "title": "", "x-widget": "group", "x-order": 0},
            },
        }
        whole = {"$ref": "#/$defs/Verdict", "$defs": {**made["$defs"], "Verdict": group}}
        return Drawing(whole, await self.options.of(access, language), self.zone)

    async def shown(
        self,
        request: Request[Any, Any, Any],
        access: Access,
        case_id: CaseId,
        typed: Typed | None,
        said: Said,
    ) -> Response[str]:
        """`typed` None: the form is new, and filled in by the rule where it has something to propose."""
        language = language_for(request)
        view, clock = await self.reading.told(access, case_id)
        today = business_day(access.at, self.reading.zone)
        proposal, file = await self.decisions.looked_up(access, case_id)
        ours, theirs = named_lines(view.case.form.lines_asked, file)
        drawing = await self.drawing(access, view.case, language)
        options = await self._payments(access, view.case, drawing.options, language)
        drawing = msgspec.structs.replace(drawing, options=options)
        if view.case.form.lines_asked:
            lines = lines_told(ours, file.services, language)
            drawing = msgspec.structs.replace(drawing, options={**drawing.options, "charge": lines})
        filled = _proposed(proposal, drawing, [one.id for one in ours]) if typed is None else typed
        # Of a case about nothing but others' lines nothing can be granted: no choice that would be refused.
        is_theirs = bool(theirs) and not ours
        fields = [] if is_theirs else drawing.fields(filled)
        return page(
            request,
            "office_decision.html",
            status=said.status,
            place="queue",
            account_id=access.account_id,
            account=(await self.accounts.card(access)).account,
            case=CaseOut.told(view, clock, access.actor, today, language),
            proposal=ProposalOut.of(proposal, language, is_staff=True)
            if proposal and not is_theirs
            else None,
            outcomes=OUTCOMES[len(_GRANTING) :] if is_theirs else OUTCOMES,
            theirs=[translated(language, THEIRS, **whose(one, file)) for one in theirs],
            typed={name: next(iter(filled.get(name, ())), "") for name in _OWN},
            fields=[one for field in fields for one in field.children],
            said=said,
        )

    async def _payments(self, access: Access, case: Case, options: Options, language: str) -> Options:
        """With what the case is about: payments like the one searched for, or through which to return."""
        looked = (self.accounts, self.money_traces, self.memberships, _LOOKED)
        if found := await traced(access, case, *looked):
            options = with_found(options, found, access.account_id, language)
        wish = case.form.wish()
        if wish.payments and wish.refunds:
            _, each = await repeated(partial(self.refunding.refundable, access))
            options = with_refundable(options, each, language)
        return options

    async def verdict(self, access: Access, case_id: CaseId, typed: Typed, language: str) -> VerdictIn:
        """FormUnfinished, AmountUnreadable, OutcomeMissing."""
        view = await self.reading.cases.view(access, case_id)
        told: dict[str, Any] = {name: next(iter(typed.get(name, ())), "").strip() for name in _OWN}
        if not told["outcome"]:
            raise OutcomeMissing(field="outcome")
        if told["outcome"] in _GRANTING:
            drawing = await self.drawing(access, view.case, language)
            told |= drawing.filled(typed)
        seen = next(iter(typed.get("seen_step", ())), "")
        told["seen_step"] = int(seen) if seen.isdecimal() and int(seen) else None
        try:
            return msgspec.convert(told, VerdictIn, strict=False)
        except msgspec.ValidationError as error:
            reason, _, path = str(error).partition(" - at `$.")
            raise FormUnfinished(path.rstrip("`").replace("[", ".").replace("]", ""), reason) from error


def decision_desk(
    case_reading: NamedDependency[CaseReading],
    accounts: NamedDependency[SkipValidation[Accounts]],
    account_options: NamedDependency[AccountOptions],
    case_decisions: NamedDependency[CaseDecisions],
    money_traces: NamedDependency[SkipValidation[MoneyTraces]],
    membership_service: NamedDependency[MembershipService],
    refund_service: NamedDependency[RefundService],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> DecisionDesk:
    return DecisionDesk(
        case_reading,
        accounts,
        account_options,
        case_decisions,
        money_traces,
        membership_service,
        refund_service,
        zone,
    )


@get(f"{OFFICE_CASE}/decision", opt={"access": Scope.DECIDE})
async def show_decision(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    decision_desk: NamedDependency[DecisionDesk],
) -> Response[str]:
    return await decision_desk.shown(request, access, case_id, None, Said())


@post(f"{OFFICE_CASE}/decision", opt={"access": Scope.DECIDE})
async def decide_in_office(
    account_id: FromPath[AccountId],
    case_id: FromPath[CaseId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    decision_desk: NamedDependency[DecisionDesk],
) -> Response[Any]:
    """`action`: “preview” what would follow, “decide”; anything else draws the form anew."""
    desk, language = decision_desk, language_for(request)
    typed = _typed((await request.form()).multi_items())
    action = next(iter(typed.get("action", ())), "")
    if action not in ("preview", "decide"):
        return await desk.shown(request, access, case_id, typed, Said())
    try:
        told = await desk.verdict(access, case_id, typed, language)
        verdict = told.verdict()
        if action == "preview":
            preview = await repeated(partial(desk.decisions.preview, access, case_id, verdict))
            said = Said(preview=DecisionPreviewOut.of(preview, language))
            return await desk.shown(request, access, case_id, typed, said)
        decide = partial(desk.decisions.decide, access, case_id, verdict, seen_step=told.seen_step)
        decided = await repeated(decide)
    except FormUnfinished as unfinished:
        error = field_error(unfinished.path, unfinished.reason, language)
        said = Said(wrong={error.field: error.message}, status=422)
        return await desk.shown(request, access, case_id, typed, said)
    except Refusal as refusal:
        words = in_words(request, refusal)
        wrong = {refusal.field: words.detail} if refusal.field else {}
        said = Said(refusal=words, wrong=wrong, status=status_of(refusal))
        return await desk.shown(request, access, case_id, typed, said)
    if isinstance(decided, Approval):
        return see_other("/office/approvals?asked=yes")
    return see_other(f"/office/accounts/{account_id}/cases/{case_id}")


def _typed(items: Iterable[tuple[str, Any]]) -> dict[str, list[str]]:
    typed: dict[str, list[str]] = {}
    for name, value in items:
        typed.setdefault(name[:200], []).append(str(value))
    return typed


def _proposed(proposal: Proposal | None, drawing: Drawing, asked: Sequence[ChargeId]) -> Typed:
    """The rule's lines and sums, where the grant has them, or the whole of it. Where the rule names no line,
    those of ours that were asked for, without a sum."""
    sums: dict[ChargeId, list[Money]] = {}
    for line in proposal.lines if proposal else ():
        if line.charge_id is not None and line.before > line.after:
            both = sums.setdefault(line.charge_id, [ZERO, ZERO])
            both[line.is_penalty] += line.before - line.after
    lines = [
        {"charge_id": str(charge_id), "principal": _sum(principal), "penalty": _sum(penalty)}
        for charge_id, (principal, penalty) in sums.items()
    ]
    lines = lines or [{"charge_id": str(charge_id)} for charge_id in asked]
    more: dict[str, Any] = {name: _sum(amount) for name, amount in proposal.sums.items()} if proposal else {}
    if proposal and proposal.whole:
        more = msgspec.to_builtins(proposal.whole)
    typed = typed_of({"grant": {"lines": lines, **more}})
    known = {
        one.name
        for field in drawing.fields(typed)
        for child in field.children
        for one in (child, *(cell for row in child.rows for cell in row))
    }
    return {name: values for name, values in typed.items() if name in known}


def _sum(amount: Money) -> dict[str, int]:
    return {"kopecks": amount.kopecks}


DEPENDENCIES = {"decision_desk": Provide(decision_desk, sync_to_thread=False)}
HANDLERS = [show_decision, decide_in_office]

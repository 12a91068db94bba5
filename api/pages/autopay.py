"""Autopay by page: what is paid by itself, when, up to how much, its history, and one press that stops it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath, SkipValidation
from msgspec.structs import replace

from api.autopay import AutopayOut, RunOut, SavedMethodOut
from api.pages.forms import Typed, money_of, typed
from api.pages.home import card_for
from api.pages.language import language_for
from api.pages.refusals import in_words
from api.pages.rendering import page, see_other
from api.pages.signing_in import URL_ENCODED
from api.payment_methods import METHOD_NAMES
from api.problems import status_of
from api.texts import translated
from domain.accounts.accounts import AccountNotFound, Accounts
from domain.kernel.access import Access, Scope
from domain.kernel.calendar import business_day
from domain.kernel.errors import Refusal
from domain.kernel.ids import AccountId, AutopayId, SavedMethodId, SupplierAccountId, UserId
from domain.kernel.terms import Terms
from domain.payments.autopay.rules import LATEST_DAY, MOST_DAYS_BEFORE, AutopayTerms, AutopayWhen, Plan
from domain.payments.autopay.runs import AutopayView
from services.payments.autopay import AutopayService
from services.payments.saving import MethodSaving
from services.repeating import repeated

_AUTOPAY = "/accounts/{account_id:uuid}/autopay"
_RULE = f"{_AUTOPAY}/{{autopay_id:uuid}}"
_PAY = {"access": Scope.PAY}
_BEFORE, _DAY = "before", "day"


class RuleForm(msgspec.Struct, frozen=True):
    """`when`: “before”, so many days `before` the bill is due, or “day”, on that `day` of the month.
    `supplier` is one supplier's account; empty: the whole account."""

    method: Typed = ""
    limit: Typed = ""
    when: Typed = _BEFORE
    before: Typed = "3"
    day: Typed = "10"
    supplier: Typed = ""

    @classmethod
    def of(cls, rule: AutopayOut) -> "RuleForm":
        form = cls(
            method=str(rule.saved_method_id),
            limit=typed(rule.limit),
            supplier=str(rule.supplier_account_id or ""),
        )
        if rule.day_of_month is not None:
            return replace(form, when=_DAY, day=str(rule.day_of_month))
        return replace(form, before=str(rule.days_before_due))

    def plan(self) -> Plan:
        """AmountUnreadable, AutopayWhen."""
        try:
            return Plan(
                saved_method_id=SavedMethodId(UUID(self.method)),
                limit=money_of(self.limit, "limit"),
                supplier_account_id=SupplierAccountId(UUID(self.supplier)) if self.supplier else None,
                day_of_month=int(self.day) if self.when == _DAY else None,
                days_before_due=int(self.before) if self.when == _BEFORE else None,
            )
        except ValueError as error:
            raise AutopayWhen(field="when") from error


class RuleShown(msgspec.Struct, frozen=True, kw_only=True):
    """`told_on` is the day of the letter before the next payment, `going` the run that was announced.
    `is_own`: of the visitor, who may change it; anybody who may pay for the account may stop it. `saved` is
    None when it was forgotten or is another's."""

    rule: AutopayOut
    form: RuleForm
    is_own: bool
    told_on: date | None
    going: RunOut | None
    saved: SavedMethodOut | None


@dataclass(frozen=True, slots=True)
class AutopayRoom:
    """What the page of autopay is made of."""

    accounts: Accounts
    service: AutopayService
    saving: MethodSaving
    terms: Terms
    zone: ZoneInfo

    async def shown(
        self,
        request: Request[Any, Any, Any],
        access: Access,
        refused: tuple[AutopayId, RuleForm, Refusal] | None = None,
    ) -> Response[str]:
        """`refused`: the form that comes back filled, with what is wrong."""
        card = await card_for(self.accounts, access.actor, access.account_id, access.at)
        if card is None:
            raise AccountNotFound
        language, me = language_for(request), access.actor.user_id
        terms = await self.terms.at(AutopayTerms, business_day(access.at, self.zone))
        saved = [SavedMethodOut.of(one) for one in (await self.saving.mine(me) if me else [])]
        views = await self.service.views(access)
        autopay_id, form, refusal = refused or (None, None, None)
        return page(
            request,
            "autopay.html",
            status=status_of(refusal) if refusal else 200,
            account_id=access.account_id,
            section="pay",
            rules=[_shown(view, me, saved, terms) for view in views],
            saved=saved,
            methods={method: translated(language, name) for method, name in METHOD_NAMES.items()},
            suppliers={str(one.id): one.supplier_name for one in card.supplier_accounts},
            terms=terms,
            days_before=range(MOST_DAYS_BEFORE + 1),
            latest_day=LATEST_DAY,
            autopay_id=autopay_id,
            form=form,
            new_id=uuid4(),
            usual=RuleForm(),
            done=request.query_params.get("done", ""),
            refusal=in_words(request, refusal) if refusal else None,
        )


def autopay_room(
    accounts: NamedDependency[SkipValidation[Accounts]],
    autopay_service: NamedDependency[AutopayService],
    method_saving: NamedDependency[MethodSaving],
    terms: NamedDependency[SkipValidation[Terms]],
    zone: NamedDependency[SkipValidation[ZoneInfo]],
) -> AutopayRoom:
    return AutopayRoom(accounts, autopay_service, method_saving, terms, zone)


@get(_AUTOPAY, opt={"access": Scope.SEE})
async def show_autopay(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    autopay_room: NamedDependency[AutopayRoom],
) -> Response[str]:
    return await autopay_room.shown(request, access)


@post(_RULE, opt=_PAY)
async def plan_autopay(
    account_id: FromPath[AccountId],
    autopay_id: FromPath[AutopayId],
    request: Request[Any, Any, Any],
    data: Annotated[RuleForm, Body(media_type=URL_ENCODED)],
    access: NamedDependency[Access],
    autopay_room: NamedDependency[AutopayRoom],
) -> Response[Any]:
    """A new one, or another plan for one that is there; a paused one goes on."""
    try:
        await repeated(partial(autopay_room.service.plan, access, autopay_id, data.plan()))
    except Refusal as refusal:
        return await autopay_room.shown(request, access, (autopay_id, data, refusal))
    return see_other(f"/accounts/{account_id}/autopay?done=planned")


@post(f"{_RULE}/stop", opt=_PAY)
async def stop_autopay(
    account_id: FromPath[AccountId],
    autopay_id: FromPath[AutopayId],
    access: NamedDependency[Access],
    autopay_service: NamedDependency[AutopayService],
) -> Response[None]:
    """One press, and nothing is taken any more."""
    await repeated(partial(autopay_service.stop, access, autopay_id))
    return see_other(f"/accounts/{account_id}/autopay?done=stopped")


@post(f"{_AUTOPAY}/methods/{{saved_method_id:uuid}}/removal", opt=_PAY)
async def forget_method(
    account_id: FromPath[AccountId],
    saved_method_id: FromPath[SavedMethodId],
    access: NamedDependency[Access],
    method_saving: NamedDependency[MethodSaving],
) -> Response[None]:
    await repeated(partial(method_saving.delete, UserId(access.actor.id), saved_method_id))
    return see_other(f"/accounts/{account_id}/autopay?done=forgotten")


def _shown(
    view: AutopayView, me: UserId | None, saved: Sequence[SavedMethodOut], terms: AutopayTerms
) -> RuleShown:
    rule, told_before = AutopayOut.of(view), timedelta(days=terms.told_days_before)
    return RuleShown(
        rule=rule,
        form=RuleForm.of(rule),
        is_own=view.autopay.user_id == me,
        told_on=rule.next_pay_on - told_before if rule.next_pay_on else None,
        going=next((RunOut.of(run) for run in view.runs if run.is_open), None),
        saved=next((one for one in saved if one.id == rule.saved_method_id), None),
    )


DEPENDENCIES = {"autopay_room": Provide(autopay_room, sync_to_thread=False)}
HANDLERS = [show_autopay, plan_autopay, stop_autopay, forget_method]

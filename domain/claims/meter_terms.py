"""The six months in which a meter is to be replaced or installed, and what each month of delay takes off.

Source: decree 442, p. 136, 151: six months from the end of the verification interval or service life, from
the notice of loss or failure, or from the application to install; then the price of transmission for the
delivery point is lowered by 15 % a month until the meter is admitted. For services in apartment houses from
the billing period in which the claim is received: the day it came in has a money effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from domain.accounts.charges import Charge
from domain.cases.cases import Case
from domain.cases.corrections import LoweredLine, corrected, granted_lines, taken_back
from domain.cases.effects import Effect
from domain.cases.file import AccountFile, FileWish, MeterTerms
from domain.cases.forms import (
    Check,
    CheckResult,
    Form,
    Grant,
    GrantedLine,
    GrantTooMuch,
    Objection,
    Proposal,
    ProposalLine,
    ProposalWords,
)
from domain.cases.refused_access import RefusedAccess, extended
from domain.cases.visits import CallOffVisit, OfferVisit
from domain.claims.signers import Signer, power_checks
from domain.kernel.calendar import Period, months_after, next_period, period_of
from domain.kernel.fields import told
from domain.kernel.ids import ChargeId
from domain.kernel.money import ZERO, Money, total
from domain.readings.meters import Meter

RULE = "decree 442, paragraphs 136, 151"
OTHER_METERS = (
    "The lines count other meters too, and more than transmission: "
    "what falls to this claim is lowered, no more"
)
ACCESS, METER = "Access to the meter", "The meter"
KEPT_OUT = "The customer did not let us in for {days} days (acts: {acts}): the term ends so much later"
LET_IN = "No visit of ours has met a locked door; refusals by acts on paper go into the decision"
ADMITTED_SINCE = "The meter counts since {day}: nothing is lowered for later months"
NOT_YET_ADMITTED = "No meter was admitted since the term began"


class AppliedLater(Objection):
    code = "claim-applied-later"
    text = "The day lies in the future"
    remedy = "Correct the day"


class LineBeforeClaim(GrantTooMuch):
    code = "claim-line-before"
    text = "The price is lowered from {period} on: the term must be over and the claim received"
    remedy = "Leave out lines of earlier periods"


class LineAfterAdmission(GrantTooMuch):
    code = "claim-line-after-admission"
    text = "The meter counts since {day}: the price is lowered up to {period}"
    remedy = "Leave out lines of later periods"


class SixMonths(msgspec.Struct, frozen=True, kw_only=True):
    """`ends_on` is the last day in time, later by the `refused_days` on which nobody let us in; from
    `lowered_from` on the price is lowered; None: not yet."""

    since: date
    ends_on: date
    lowered_from: Period | None
    refused_days: int = 0


class MeterWorkGrant(Grant, frozen=True, kw_only=True):
    """`sends_crew`: we come to do it; without it the claim is met by money alone. `lines` take off bills."""

    sends_crew: Annotated[bool, told("We come to do the work")] = True
    lines: Annotated[
        tuple[LoweredLine, ...], Meta(max_length=400), told("Lines of the bill to be lowered")
    ] = ()
    refused_access: Annotated[
        tuple[RefusedAccess, ...],
        Meta(max_length=20),
        told("When nobody let us in", "By acts on paper; refusals at our booked visits count without it"),
    ] = ()

    @property
    def money(self) -> Money | None:
        return total(line.principal + line.penalty for line in self.lines) if self.lines else None


def _month(period: Period | None) -> str:
    """As people write it: 11.2026."""
    return f"{period[5:]}.{period[:4]}" if period else ""


def six_months(
    since: date,
    received_on: date,
    today: date,
    terms: MeterTerms,
    refused: Sequence[RefusedAccess] = (),
) -> SixMonths:
    """The term that began on `since`, for a claim received on `received_on`, as of `today`. The days on which
    the customer did not let us in are not counted.

    The price is lowered from the later of two periods: that of the first day of delay, and that in which
    the claim was received."""
    in_months = months_after(since, terms.months)
    ends_on = extended(in_months, since, refused, today)
    late_from = date.fromordinal(ends_on.toordinal() + 1)
    lowered = max(period_of(late_from), period_of(received_on))
    return SixMonths(
        since=since,
        ends_on=ends_on,
        lowered_from=lowered if today > ends_on else None,
        refused_days=(ends_on - in_months).days,
    )


def admitted_on(meters: Iterable[Meter], every: Iterable[Meter], since: date) -> date | None:
    """The day from which all of them count again: replaced since then, or hung later. None: not all do."""
    instead = {one.replaces: one for one in every if one.replaces and one.not_admitted_since is None}
    days = []
    for meter in meters:
        now = instead.get(meter.id, meter)
        if now.not_admitted_since is not None or now.installed_on <= since:
            return None
        days.append(now.installed_on)
    return max(days, default=None)


def lowered_periods(term: SixMonths, admitted_on: date | None, today: date) -> list[Period]:
    """The months whose price is lowered: up to the one in which the meter was admitted, or today's."""
    periods: list[Period] = []
    period = term.lowered_from
    while period is not None and period <= period_of(admitted_on or today):
        periods.append(period)
        period = next_period(period)
    return periods


def lowered(charge: Charge, percent: Decimal) -> Money:
    """What a month of delay takes off the line, never below zero."""
    kopecks = Decimal(max(charge.amount, ZERO).kopecks) * percent / 100
    return Money(int(kopecks.quantize(Decimal(1), ROUND_HALF_UP)))


def later_objections(day: date, file: AccountFile, field: str) -> Iterator[Objection]:
    if day > file.today:
        yield AppliedLater(field=field)


class MeterWorkClaim(Form, frozen=True, kw_only=True):
    """What claims to replace and to install a meter have in common: the clock, the reduction, the visit."""

    rule: ClassVar[str] = RULE

    lines: Annotated[
        tuple[ChargeId, ...],
        Meta(max_length=400),
        told("Lines of the bills to be lowered for the delay", widget="charges"),
    ] = ()
    signer: Annotated[Signer, told("Who signs the claim")]
    words: Annotated[str, Meta(max_length=4000), told("In your own words")] = ""

    def wish(self) -> FileWish:
        return FileWish(
            charges=None if self.lines else frozenset(),
            meters=True,
            points=True,
            powers=self.signer.power_guid is not None,
            missed_visits=True,
        )

    def began_on(self, file: AccountFile) -> date | None:
        """The day from which the six months run; None while they have not begun."""
        raise NotImplementedError

    def admitted_on(self, file: AccountFile, since: date) -> date | None:
        """Since when what is claimed for counts again, or for the first time."""
        raise NotImplementedError

    def missed(self, file: AccountFile) -> Iterable[RefusedAccess]:
        """Refusals at visits for the same."""
        raise NotImplementedError

    def term(self, file: AccountFile, refused: Sequence[RefusedAccess] = ()) -> SixMonths | None:
        """None while the six months have not begun."""
        since = self.began_on(file)
        if since is None:
            return None
        every = (*self.missed(file), *refused)
        return six_months(since, file.received_on or file.today, file.today, file.meter_terms, every)

    def is_part_of(self, file: AccountFile) -> bool:
        """Whether the lines of the bill count meters that the claim is not about."""
        raise NotImplementedError

    def proposal(self, file: AccountFile) -> Proposal | None:
        term = self.term(file)
        if term is None:
            return None
        admitted = self.admitted_on(file, term.since)
        periods = lowered_periods(term, admitted, file.today)
        percent = file.meter_terms.reduction_percent
        lines = [
            ProposalLine(
                what=file.line_name(charge.service_code, charge.period),
                before=charge.principal,
                after=charge.principal - lowered(charge, percent),
                rule=self.rule,
            )
            for charge in self.chosen(file)
            if charge.period in periods and charge.supplier_account_id in file.own
        ]
        said = {"since": f"{term.since:%d.%m.%Y}", "until": f"{term.ends_on:%d.%m.%Y}"}
        late = "The term ran from {since} to {until}: since {period} {percent} % a month is taken off"
        fields = said | {"percent": f"{percent.normalize():f}", "period": _month(term.lowered_from)}
        words = ProposalWords(text=late, fields=fields)
        if term.lowered_from is None:
            words = ProposalWords(text="The term runs from {since} to {until} and is not over", fields=said)
        assumed = [ProposalWords(text="The month in which the meter is admitted counts as a month of delay")]
        if lines and self.is_part_of(file):
            assumed.append(ProposalWords(text=OTHER_METERS))
        return Proposal(
            amount=total(line.before - line.after for line in lines),
            words=(words,),
            lines=tuple(lines),
            assumed=tuple(assumed),
            checks=(*self._found_out(term, admitted, file), *power_checks(self.signer, file)),
        )

    def _found_out(self, term: SixMonths, admitted: date | None, file: AccountFile) -> Iterator[Check]:
        if term.refused_days:
            acts = ", ".join(one.act_number for one in self.missed(file))
            yield Check.of(ACCESS, CheckResult.LOOK, KEPT_OUT, days=str(term.refused_days), acts=acts)
        else:
            yield Check.of(ACCESS, CheckResult.FINE, LET_IN)
        if admitted:
            yield Check.of(METER, CheckResult.LOOK, ADMITTED_SINCE, day=f"{admitted:%d.%m.%Y}")
        else:
            yield Check.of(METER, CheckResult.FINE, NOT_YET_ADMITTED)

    def granted_lines(self, grant: Grant, file: AccountFile) -> Sequence[GrantedLine]:
        assert isinstance(grant, MeterWorkGrant)
        return list(granted_lines(grant.lines, self.chosen(file), file))

    def effects(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, MeterWorkGrant) and case.decision
        self._check_lines(grant, file)
        effects: list[Effect] = corrected(case, grant.lines, self.chosen(file), file)
        if grant.sends_crew:
            number = case.decision.no
            effects.append(OfferVisit(account_id=case.account_id, case_id=case.id, decision_no=number))
        return effects

    def annulment(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, MeterWorkGrant) and case.decision
        effects: list[Effect] = taken_back(case, grant.lines, self.chosen(file), file)
        if grant.sends_crew:
            number = case.decision.no
            effects.append(CallOffVisit(account_id=case.account_id, case_id=case.id, decision_no=number))
        return effects

    def chosen(self, file: AccountFile) -> list[Charge]:
        lines = set(self.lines)
        return [charge for charge in file.charges if charge.id in lines]

    def _check_lines(self, grant: MeterWorkGrant, file: AccountFile) -> None:
        term = self.term(file, grant.refused_access)
        since = term.lowered_from if term else None
        admitted = self.admitted_on(file, term.since) if term else None
        periods = {charge.id: charge.period for charge in self.chosen(file)}
        for no, line in enumerate(grant.lines):
            period = periods.get(line.charge_id)
            if period is not None and (since is None or period < since):
                raise LineBeforeClaim(field=f"grant.lines[{no}]", most=ZERO, period=_month(since))
            if period is not None and admitted and period > period_of(admitted):
                last = _month(period_of(admitted))
                day = f"{admitted:%d.%m.%Y}"
                raise LineAfterAdmission(field=f"grant.lines[{no}]", most=ZERO, day=day, period=last)

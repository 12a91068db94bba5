"""How a sum is spread over suppliers, periods and services, and why.

Source of the rules: Government decree 354, item 118 (a partial payment is divided in proportion to
each charge of the bill); Civil Code art. 319, 319.1 (principal before penalties, the oldest first).
Pure and versioned: the same input gives the same spread for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from domain.accounts.books import Kind, advance
from domain.accounts.charges import OpenCharge
from domain.accounts.ledger import Standing
from domain.kernel.calendar import Period
from domain.kernel.errors import Invalid
from domain.kernel.ids import SupplierAccountId
from domain.kernel.money import ZERO, Money, share, share_capped, total
from domain.payments.explanation import (
    Addressed,
    AllocationRule,
    Dealt,
    Explanation,
    Line,
    Owed,
    Part,
    PartLine,
    Rule,
    Spread,
    Tier,
    TierName,
)


class NothingToPayFor(Invalid):
    code = "nothing-to-pay-for"
    text = "There is no supplier account to pay for here"
    remedy = "Choose supplier accounts that belong to this account"


def seen(standing: Standing, supplier_account_ids: Sequence[SupplierAccountId]) -> tuple[Owed, ...]:
    """What is owed on each supplier account while its account is locked."""
    principal = dict.fromkeys(supplier_account_ids, 0)
    penalty = dict.fromkeys(supplier_account_ids, 0)
    for line in standing.charges:
        if line.supplier_account_id in principal:
            principal[line.supplier_account_id] += line.open.kopecks
            penalty[line.supplier_account_id] += line.penalty_open.kopecks
    return tuple(
        Owed(
            supplier_account_id=owner,
            principal=Money(principal[owner]),
            penalty=Money(penalty[owner]),
            advance=-standing.balance(advance(owner)),
        )
        for owner in supplier_account_ids
    )


def allocate(
    standing: Standing,
    wanted: Sequence[Addressed],
    *,
    rule: AllocationRule,
    period: Period | None,
) -> tuple[tuple[Part, ...], Explanation]:
    """Spread each addressed sum. The parts always add up to the sums; each part is one supplier's.

    `period` is the bill the payer holds; without it the bill is the latest one charged. No supplier
    account stands in two addressed sums.
    """
    ids = tuple(owner for one in wanted for owner in one.supplier_account_ids)
    if not ids or len(set(ids)) != len(ids):
        raise NothingToPayFor(field="parts")
    owed = seen(standing, ids)
    bill = period or max((line.period for line in standing.charges), default=None)
    spreads = tuple(_spread(standing.charges, one, owed, rule.rule, bill) for one in wanted)
    explanation = Explanation(rule=rule.rule, version=rule.version, period=bill, seen=owed, spreads=spreads)
    return _parts(spreads), explanation


def _spread(
    charges: Sequence[OpenCharge], wanted: Addressed, owed: Sequence[Owed], rule: Rule, bill: Period | None
) -> Spread:
    own = [line for line in charges if line.supplier_account_id in wanted.supplier_account_ids]
    ahead = {one.supplier_account_id: one.advance for one in owed}
    caps = _unpaid(own, ahead)
    taken: dict[Line, Money] = {}
    tiers: list[Tier] = []
    rest, penalty_rest = wanted.amount, wanted.penalty
    for name, period, weights in _waterfall(own, wanted, ahead, rule, bill):
        if not rest:
            break
        offered = min(rest, penalty_rest) if name is TierName.ADDRESSED_PENALTY else rest
        left = {line: caps.get(line, ZERO) - taken.get(line, ZERO) for line in weights}
        tier = _deal(name, period, offered, weights, left)
        for dealt in tier.dealt:
            taken[dealt.line] = taken.get(dealt.line, ZERO) + dealt.amount
            rest -= dealt.amount
            penalty_rest -= dealt.amount if name is TierName.ADDRESSED_PENALTY else ZERO
        if tier.dealt:
            tiers.append(tier)
    if rest:
        tiers.append(_ahead(rest, own, wanted.supplier_account_ids, bill))
    return Spread(addressed=wanted, tiers=tuple(tiers))


def _waterfall(
    charges: Sequence[OpenCharge],
    wanted: Addressed,
    ahead: Mapping[SupplierAccountId, Money],
    rule: Rule,
    bill: Period | None,
) -> Iterator[tuple[TierName, Period | None, dict[Line, Money]]]:
    """The tiers in order, each with the weights of its lines."""
    periods = sorted({line.period for line in charges})
    if wanted.penalty:
        for period in periods:
            yield TierName.ADDRESSED_PENALTY, period, _weights(charges, period, Kind.PENALTY)
    if rule is Rule.BILL_FIRST and bill in periods:
        periods = [bill, *(period for period in periods if period != bill)]
    for period in periods:
        name = TierName.BILL if period == bill else TierName.DEBT
        yield name, period, _weights(charges, period, Kind.PRINCIPAL)
    taken_back = {
        Line(supplier_account_id=owner): -ahead[owner]
        for owner in wanted.supplier_account_ids
        if ahead[owner] < ZERO
    }
    yield TierName.CREDIT_TAKEN_BACK, None, taken_back
    for period in sorted(periods):
        yield TierName.PENALTY, period, _weights(charges, period, Kind.PENALTY)


def _weights(charges: Sequence[OpenCharge], period: Period, kind: Kind) -> dict[Line, Money]:
    """The bill's charges of one period, in the order that settles ties: service code, then id."""
    lines = sorted(
        (charge for charge in charges if charge.period == period),
        key=lambda charge: (charge.service_code, charge.charge_id),
    )
    weights = {
        _line(charge, kind): charge.charged if kind is Kind.PRINCIPAL else charge.penalty_charged
        for charge in lines
    }
    return {line: weight for line, weight in weights.items() if weight > ZERO}


def _line(charge: OpenCharge, kind: Kind) -> Line:
    return Line(
        supplier_account_id=charge.supplier_account_id,
        charge_id=charge.charge_id,
        service_code=charge.service_code,
        period=charge.period,
        kind=kind,
    )


def _unpaid(charges: Sequence[OpenCharge], ahead: Mapping[SupplierAccountId, Money]) -> dict[Line, Money]:
    """What each line can take; lines that are not here take nothing. An advance is counted against its
    supplier's lines as it will be applied: principal first, the oldest first."""
    left = {owner: max(ZERO, advance) for owner, advance in ahead.items()}
    caps: dict[Line, Money] = {
        Line(supplier_account_id=owner): -advance for owner, advance in ahead.items() if advance < ZERO
    }
    by_age = sorted(charges, key=lambda charge: (charge.period, charge.service_code, charge.charge_id))
    for kind in Kind:
        for charge in by_age:
            unpaid = charge.open if kind is Kind.PRINCIPAL else charge.penalty_open
            if not unpaid:
                continue
            covered = min(left[charge.supplier_account_id], unpaid)
            left[charge.supplier_account_id] -= covered
            caps[_line(charge, kind)] = unpaid - covered
    return caps


def _deal(
    name: TierName,
    period: Period | None,
    offered: Money,
    weights: Mapping[Line, Money],
    caps: Mapping[Line, Money],
) -> Tier:
    open_lines = {line: weight for line, weight in weights.items() if caps[line]}
    if not offered or not open_lines:
        return Tier(name=name, period=period, offered=offered, dealt=())
    parts, odd = share_capped(offered, open_lines, caps)
    dealt = tuple(
        Dealt(line=line, weight=weight, cap=caps[line], amount=parts[line], odd_kopeck=line in odd)
        for line, weight in open_lines.items()
    )
    return Tier(name=name, period=period, offered=offered, dealt=dealt)


def _ahead(
    rest: Money, charges: Sequence[OpenCharge], ids: Sequence[SupplierAccountId], bill: Period | None
) -> Tier:
    """More than is owed waits as advances, in proportion to the bill's charges, evenly without any."""
    billed = {
        Line(supplier_account_id=owner): total(
            max(ZERO, charge.charged)
            for charge in charges
            if charge.supplier_account_id == owner and charge.period == bill
        )
        for owner in sorted(ids)
    }
    weights = billed if total(billed.values()) else dict.fromkeys(billed, Money(1))
    parts = share(rest, weights)
    whole = total(weights.values()).kopecks
    dealt = tuple(
        Dealt(
            line=line,
            weight=weight,
            cap=None,
            amount=parts[line],
            odd_kopeck=parts[line].kopecks > rest.kopecks * weight.kopecks // whole,
        )
        for line, weight in weights.items()
    )
    return Tier(name=TierName.ADVANCE, period=bill, offered=rest, dealt=dealt)


def _parts(spreads: Sequence[Spread]) -> tuple[Part, ...]:
    lines: dict[SupplierAccountId, dict[Line, Money]] = {}
    for spread in spreads:
        for dealt in (dealt for tier in spread.tiers for dealt in tier.dealt if dealt.amount):
            own = lines.setdefault(dealt.line.supplier_account_id, {})
            own[dealt.line] = own.get(dealt.line, ZERO) + dealt.amount
    return tuple(
        Part(
            supplier_account_id=owner,
            amount=total(own.values()),
            lines=tuple(PartLine(line=line, amount=amount) for line, amount in own.items()),
        )
        for owner, own in sorted(lines.items())
    )

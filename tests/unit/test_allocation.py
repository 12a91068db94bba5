"""The spread of a payment: properties, worked examples, and an independent re-computation."""

import random
from fractions import Fraction
from functools import cache
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts.books import advance
from domain.accounts.charges import OpenCharge
from domain.accounts.ledger import Head, Standing
from domain.kernel.ids import AccountId, ChargeId, SupplierAccountId
from domain.kernel.money import Money, share, share_capped, total
from domain.payments.allocation import NothingToPayFor, allocate
from domain.payments.explanation import Addressed, AllocationRule, Rule, TierName

ACCOUNT = AccountId(UUID(int=1))
BILL_FIRST = AllocationRule(rule=Rule.BILL_FIRST, version=1)
OLDEST_FIRST = AllocationRule(rule=Rule.OLDEST_FIRST, version=1)


@cache
def supplier(ordinal: int) -> SupplierAccountId:
    return SupplierAccountId(UUID(int=1000 + ordinal))


@cache
def charge_id(ordinal: int) -> ChargeId:
    return ChargeId(UUID(int=ordinal))


def line(ordinal, owner, period, charged, unpaid=None, penalty=0, penalty_unpaid=None, service=None):
    return OpenCharge(
        charge_id=charge_id(ordinal),
        supplier_account_id=supplier(owner),
        service_code=service or f"s{owner}",
        period=period,
        charged=Money(charged),
        open=Money(max(charged, 0) if unpaid is None else unpaid),
        penalty_charged=Money(penalty),
        penalty_open=Money(penalty if penalty_unpaid is None else penalty_unpaid),
    )


def standing(*lines, advances=None):
    balances = {advance(owner): Money(-kopecks) for owner, kopecks in (advances or {}).items()}
    return Standing(head=Head(account_id=ACCOUNT), charges=lines, balances=balances)


def everything(amount, owners):
    return [Addressed(amount=Money(amount), supplier_account_ids=tuple(supplier(one) for one in owners))]


def by_supplier(parts):
    return {part.supplier_account_id.int - 1000: part.amount.kopecks for part in parts}


def test_the_worked_example_of_a_partial_payment():
    # 1 250.50 + 2 310.00 + 640.33 + 310.17 = 4 511.00; of it 2 000.00 is paid.
    bill = standing(
        line(1, 1, "2026-10", 125050),
        line(2, 2, "2026-10", 231000),
        line(3, 3, "2026-10", 64033),
        line(4, 4, "2026-10", 31017),
    )

    parts, explanation = allocate(bill, everything(200000, [1, 2, 3, 4]), rule=BILL_FIRST, period=None)

    assert by_supplier(parts) == {1: 55442, 2: 102416, 3: 28390, 4: 13752}
    odd = [dealt.line.service_code for dealt in explanation.spreads[0].tiers[0].dealt if dealt.odd_kopeck]
    assert odd == ["s3", "s4"]


def test_the_bill_comes_before_the_debt_and_principal_before_penalties():
    bill = standing(
        line(1, 1, "2026-09", 10000, penalty=500), line(2, 1, "2026-10", 20000), line(3, 2, "2026-10", 20000)
    )

    _, explanation = allocate(bill, everything(50300, [1, 2]), rule=BILL_FIRST, period=None)

    assert [(tier.name, tier.period) for tier in explanation.spreads[0].tiers] == [
        (TierName.BILL, "2026-10"),
        (TierName.DEBT, "2026-09"),
        (TierName.PENALTY, "2026-09"),
    ]


def test_the_other_rule_begins_with_the_oldest_debt():
    bill = standing(line(1, 1, "2026-09", 10000), line(2, 1, "2026-10", 20000))

    _, explanation = allocate(bill, everything(15000, [1]), rule=OLDEST_FIRST, period=None)

    assert [tier.period for tier in explanation.spreads[0].tiers] == ["2026-09", "2026-10"]


def test_a_stated_period_is_the_bill():
    bill = standing(line(1, 1, "2026-09", 10000), line(2, 1, "2026-10", 20000))

    parts, _ = allocate(bill, everything(10000, [1]), rule=BILL_FIRST, period="2026-09")

    assert parts[0].lines[0].line.period == "2026-09"


def test_a_chosen_supplier_gets_all_of_its_part():
    bill = standing(line(1, 1, "2026-10", 10000), line(2, 2, "2026-10", 20000))
    wanted = [Addressed(amount=Money(25000), supplier_account_ids=(supplier(2),))]

    parts, explanation = allocate(bill, wanted, rule=BILL_FIRST, period=None)

    assert by_supplier(parts) == {2: 25000}
    assert explanation.spreads[0].tiers[-1].name is TierName.ADVANCE


def test_an_addressed_penalty_is_paid_first():
    bill = standing(line(1, 1, "2026-10", 10000, penalty=300))
    wanted = [Addressed(amount=Money(1000), supplier_account_ids=(supplier(1),), penalty=Money(300))]

    parts, _ = allocate(bill, wanted, rule=BILL_FIRST, period=None)

    assert {(one.line.kind, one.amount.kopecks) for one in parts[0].lines} == {
        ("penalty", 300),
        ("principal", 700),
    }


def test_an_advance_is_counted_against_its_own_supplier_only():
    bill = standing(line(1, 1, "2026-10", 10000), line(2, 2, "2026-10", 10000), advances={supplier(1): 4000})

    parts, _ = allocate(bill, everything(16000, [1, 2]), rule=BILL_FIRST, period=None)

    assert by_supplier(parts) == {1: 6000, 2: 10000}


def test_ties_go_by_service_code_then_id():
    bill = standing(
        line(2, 1, "2026-10", 100, service="b"),
        line(1, 2, "2026-10", 100, service="b"),
        line(3, 3, "2026-10", 100, service="a"),
    )

    parts, _ = allocate(bill, everything(100, [1, 2, 3]), rule=BILL_FIRST, period=None)

    assert by_supplier(parts) == {1: 33, 2: 33, 3: 34}


def test_one_supplier_account_stands_in_one_sum():
    with pytest.raises(NothingToPayFor):
        allocate(standing(), everything(1, [1]) * 2, rule=BILL_FIRST, period=None)
    with pytest.raises(NothingToPayFor):
        allocate(standing(), [], rule=BILL_FIRST, period=None)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any))
def test_shares_add_up_and_are_within_a_kopeck_of_the_exact_ones(amount, weights):
    parts = share(Money(amount), {index: Money(weight) for index, weight in enumerate(weights)})

    assert total(parts.values()) == Money(amount)
    for index, weight in enumerate(weights):
        assert abs(parts[index].kopecks - Fraction(amount * weight, sum(weights))) < 1


@given(
    st.integers(0, 10**9),
    st.lists(st.tuples(st.integers(1, 10**8), st.integers(0, 10**8)), min_size=1, max_size=8),
)
def test_capped_shares_never_pass_their_caps(amount, lines):
    weights = {index: Money(weight) for index, (weight, _) in enumerate(lines)}
    caps = {index: Money(cap) for index, (_, cap) in enumerate(lines)}

    parts, odd = share_capped(Money(amount), weights, caps)

    assert all(parts[index] <= caps[index] for index in caps)
    assert total(parts.values()) == min(Money(amount), total(caps.values()))
    assert odd <= set(caps)


# The independent re-computation: another way of thinking (levels of a filling, exact fractions), no
# code of the product. It is fed plain numbers and gives plain numbers.


def recomputed(lines, advances, owners, amount, penalty, bill, rule):  # noqa: C901 - one page, read top to bottom
    """lines: (charge, owner, service, period, charged, open, penalty_charged, penalty_open)."""
    got = dict.fromkeys(owners, 0)
    ahead = {owner: max(0, advances.get(owner, 0)) for owner in owners}
    short = {owner: max(0, -advances.get(owner, 0)) for owner in owners}
    lines = sorted((one for one in lines if one[1] in owners), key=lambda one: (one[3], one[2], one[0]))
    need = {}
    for kind, column in (("principal", 5), ("penalty", 7)):
        for one in lines:
            used = min(ahead[one[1]], one[column])
            ahead[one[1]] -= used
            need[one[0], kind] = one[column] - used
    periods = sorted({one[3] for one in lines})
    order = periods
    if rule == "bill-first" and bill in periods:
        order = [bill] + [period for period in periods if period != bill]

    def fill(offered, members):
        """members: [(key, owner, weight, room)] in tie order. The level rises until money or room ends."""
        live = [one for one in members if one[3] > 0]
        if not offered or not live:
            return {}
        level, left, dealt = Fraction(0), Fraction(offered), {}
        if offered >= sum(one[3] for one in live):  # it rises above every room
            dealt, live = {one[0]: one[3] for one in live}, []
        while live and left > 0:
            weight = sum(one[2] for one in live)
            nearest = min(Fraction(one[3], one[2]) for one in live)
            step = min(nearest - level, left / weight)
            level += step
            left -= step * weight
            full = [one for one in live if Fraction(one[3], one[2]) <= level]
            for one in full:
                dealt[one[0]] = one[3]
            live = [one for one in live if one not in full]
        whole = {one[0]: (one[2] * level).__floor__() for one in live}
        spare = offered - sum(dealt.values()) - sum(whole.values()) if live else 0
        position = {one[0]: place for place, one in enumerate(members)}
        by_rest = sorted(live, key=lambda one: (-((one[2] * level) % 1), position[one[0]]))
        for one in by_rest[:spare]:
            whole[one[0]] += 1
        dealt.update(whole)
        for one in members:
            got[one[1]] += dealt.get(one[0], 0)
        return dealt

    rest, by_service = amount, sorted(lines, key=lambda one: (one[2], one[0]))

    def tier(offered, kind, period, weight_column):
        nonlocal rest
        members = [
            ((one[0], kind), one[1], one[weight_column], need[one[0], kind])
            for one in by_service
            if one[3] == period and one[weight_column] > 0
        ]
        for key, part in fill(offered, members).items():
            need[key] -= part
            rest -= part

    for period in periods if penalty else []:
        paid = amount - rest
        tier(min(rest, penalty - paid), "penalty", period, 6)
    for period in order:
        tier(rest, "principal", period, 4)
    members = [(("short", owner), owner, short[owner], short[owner]) for owner in owners if short[owner]]
    rest -= sum(fill(rest, members).values())
    for period in periods:
        tier(rest, "penalty", period, 6)
    if rest:
        weights = dict.fromkeys(sorted(owners), 0)
        for one in lines:
            if one[3] == bill:
                weights[one[1]] += max(0, one[4])
        if not any(weights.values()):
            weights = dict.fromkeys(weights, 1)
        whole = sum(weights.values())
        floors = {owner: rest * weight // whole for owner, weight in weights.items()}
        spare = rest - sum(floors.values())
        by_rest = sorted(weights, key=lambda owner: (-(rest * weights[owner] % whole), owner))
        for owner in by_rest[:spare]:
            floors[owner] += 1
        for owner, part in floors.items():
            got[owner] += part
    return {owner: part for owner, part in got.items() if part}


def _random_case(rng):
    owners = rng.sample(range(1, 8), rng.randint(1, 5))
    lines, ordinal = [], 0
    for period in rng.sample(["2026-07", "2026-08", "2026-09", "2026-10"], rng.randint(1, 4)):
        for owner in owners:
            if rng.random() < 0.8:
                ordinal += 1
                charged = rng.choice([0, 1, 3, 100, rng.randint(1, 500_000)])
                penalty = rng.choice([0, 0, 0, rng.randint(1, 5_000)])
                lines.append(
                    (
                        ordinal,
                        owner,
                        rng.choice(["a", "b", f"s{owner}"]),
                        period,
                        charged,
                        rng.choice([charged, rng.randint(0, charged)]),
                        penalty,
                        rng.randint(0, penalty),
                    )
                )
    advances = {owner: rng.choice([0, 0, 0, rng.randint(-3_000, 200_000)]) for owner in owners}
    amount = rng.choice([1, 2, rng.randint(1, 1_000_000), rng.randint(1, 5_000)])
    return owners, lines, advances, amount


@pytest.mark.timeout(300)
def test_an_independent_computation_agrees_on_100_000_cases():
    rng = random.Random(20261122)
    for _ in range(100_000):
        owners, lines, advances, amount = _random_case(rng)
        rule = rng.choice([BILL_FIRST, OLDEST_FIRST])
        bill = standing(
            *(line(one[0], one[1], one[3], one[4], one[5], one[6], one[7], service=one[2]) for one in lines),
            advances={supplier(owner): kopecks for owner, kopecks in advances.items()},
        )
        last = max((one[3] for one in lines), default=None)

        parts, _ = allocate(bill, everything(amount, owners), rule=rule, period=None)

        assert by_supplier(parts) == recomputed(lines, advances, owners, amount, 0, last, rule.rule.value)
        assert total(part.amount for part in parts) == Money(amount)


@settings(max_examples=200)
@given(st.randoms(use_true_random=False), st.data())
def test_addressed_penalties_agree_too(rng, data):
    owners, lines, advances, amount = _random_case(rng)
    owner = owners[0]
    lines = [one for one in lines if one[1] == owner]
    penalty = data.draw(st.integers(0, amount))
    bill = standing(
        *(line(one[0], one[1], one[3], one[4], one[5], one[6], one[7], service=one[2]) for one in lines),
        advances={supplier(owner): advances[owner]},
    )
    wanted = [
        Addressed(amount=Money(amount), supplier_account_ids=(supplier(owner),), penalty=Money(penalty))
    ]

    parts, explanation = allocate(bill, wanted, rule=BILL_FIRST, period=None)

    assert total(part.amount for part in parts) == Money(amount)
    addressed = [tier for tier in explanation.spreads[0].tiers if tier.name is TierName.ADDRESSED_PENALTY]
    dealt = sum(dealt.amount.kopecks for tier in addressed for dealt in tier.dealt)
    owed = sum(one[7] for one in lines)
    assert dealt <= min(penalty, owed)
    last = max((one[3] for one in lines), default=None)
    expected = recomputed(lines, advances, [owner], amount, penalty, last, "bill-first")
    assert by_supplier(parts) == expected

"""A payment's explanation in words: the rule, each step, and where the odd kopeck went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from api.texts import translated
from domain.accounts.accounts import Accounts
from domain.accounts.suppliers import Service, Suppliers
from domain.kernel.access import Access
from domain.kernel.ids import SupplierAccountId
from domain.kernel.money import Money, total
from domain.payments.explanation import Dealt, Explanation, Line, Rule, Tier, TierName

_RULES = {
    Rule.BILL_FIRST: "The sum goes first to the bill for {period}, in proportion to its charges and never "
    "above what is unpaid; then to earlier debts, the oldest first; then to penalties. "
    "What is left waits as an advance.",
    Rule.OLDEST_FIRST: "The sum goes first to the oldest debt, in proportion to the charges of each bill and "
    "never above what is unpaid; then to penalties. What is left waits as an advance.",
}
_TIERS = {
    TierName.ADDRESSED_PENALTY: "Penalties you chose to pay, {period}: {amount}",
    TierName.BILL: "The bill for {period}: {amount}",
    TierName.DEBT: "The debt for {period}: {amount}",
    TierName.CREDIT_TAKEN_BACK: "A credit that the supplier took back: {amount}",
    TierName.PENALTY: "Penalties for {period}: {amount}",
    TierName.ADVANCE: "An advance for the next charges: {amount}",
}
_LINE = "{service}: {amount} (charged {weight}, unpaid {cap})"
_WHOLE_LINE = "{service}: {amount}, all that was unpaid"
_AHEAD_LINE = "{service}: {amount} ahead"
_ODD = "{line}, with the odd kopeck of the rounding"
_BRIEF = {
    TierName.ADDRESSED_PENALTY: "{amount} for the penalties you chose, {periods}",
    TierName.BILL: "{amount} for the bill for {periods}",
    TierName.DEBT: "{amount} for the debt for {periods}",
    TierName.CREDIT_TAKEN_BACK: "{amount} for a credit that the supplier took back",
    TierName.PENALTY: "{amount} for penalties",
    TierName.ADVANCE: "{amount} ahead, for the next charges",
}
_THEN = "{first}, then {next}"


class Names(msgspec.Struct, frozen=True):
    """How lines are called: a service by its code, an advance by the supplier of its account."""

    services: Mapping[str, Service]
    suppliers: Mapping[SupplierAccountId, str] = {}

    def of(self, line: Line) -> str:
        if line.service_code is None:
            return self.suppliers.get(line.supplier_account_id, str(line.supplier_account_id))
        known = self.services.get(line.service_code)
        return known.name if known else line.service_code


class Step(msgspec.Struct, frozen=True):
    """What one step took, and its lines by the supplier's account."""

    words: str
    lines: Mapping[SupplierAccountId, Sequence[str]]


class Reasons(msgspec.Struct, frozen=True):
    """The same for a page that knows the names of suppliers: `brief` is each one's money in one line."""

    rule: str
    brief: Mapping[SupplierAccountId, str]
    steps: Sequence[Step]

    @classmethod
    def of(cls, explanation: Explanation, services: Mapping[str, Service], language: str) -> Reasons:
        steps = [
            Step(_tier(tier, language), _by_supplier(tier, Names(services), language))
            for spread in explanation.spreads
            for tier in spread.tiers
        ]
        return cls(_rule(explanation, language), brief(explanation, language), steps)


def words(explanation: Explanation, names: Names, language: str) -> list[str]:
    """Sentences for people, in order."""
    return [_rule(explanation, language), *_steps(explanation, names, language)]


async def names_for(suppliers: Suppliers, accounts: Accounts, access: Access, told: Explanation) -> Names:
    """What the words of this explanation call by name."""
    services = await suppliers.services()
    dealt = (one for spread in told.spreads for tier in spread.tiers for one in tier.dealt)
    if all(one.line.service_code for one in dealt):
        return Names(services)
    card = await accounts.card(access)
    return Names(services, {one.id: one.supplier_name for one in card.supplier_accounts})


def brief(explanation: Explanation, language: str) -> dict[SupplierAccountId, str]:
    """Of each supplier's account in one line: what its money meets first and what next."""
    met: dict[SupplierAccountId, dict[TierName, list[tuple[str | None, Money]]]] = {}
    for spread in explanation.spreads:
        for tier in spread.tiers:
            for dealt in tier.dealt:
                if dealt.amount:
                    steps = met.setdefault(dealt.line.supplier_account_id, {})
                    steps.setdefault(tier.name, []).append((tier.period, dealt.amount))
    return {owner: _in_one_line(steps, language) for owner, steps in met.items()}


def _in_one_line(steps: Mapping[TierName, Sequence[tuple[str | None, Money]]], language: str) -> str:
    said = ""
    for name, dealt in steps.items():
        months = sorted({period for period, _ in dealt if period})
        periods = "–".join(_month(one) for one in dict.fromkeys((*months[:1], *months[-1:])))
        amount = total(amount for _, amount in dealt)
        step = translated(language, _BRIEF[name], amount=amount, periods=periods)
        said = translated(language, _THEN, first=said, next=step) if said else step
    return said


def _rule(explanation: Explanation, language: str) -> str:
    return translated(language, _RULES[explanation.rule], period=_month(explanation.period))


def _steps(explanation: Explanation, names: Names, language: str) -> Iterator[str]:
    for spread in explanation.spreads:
        for tier in spread.tiers:
            yield _tier(tier, language)
            for dealt in tier.dealt:
                if dealt.amount:
                    yield "— " + _dealt(dealt, names, language)


def _by_supplier(tier: Tier, names: Names, language: str) -> dict[SupplierAccountId, list[str]]:
    lines: dict[SupplierAccountId, list[str]] = {}
    for dealt in tier.dealt:
        if dealt.amount:
            is_of_service = dealt.line.service_code is not None
            told = _dealt(dealt, names, language) if is_of_service else _odd(dealt, dealt.amount, language)
            lines.setdefault(dealt.line.supplier_account_id, []).append(told)
    return lines


def _tier(tier: Tier, language: str) -> str:
    amount = total(dealt.amount for dealt in tier.dealt)
    return translated(language, _TIERS[tier.name], period=_month(tier.period), amount=amount)


def _dealt(dealt: Dealt, names: Names, language: str) -> str:
    text = _LINE
    if dealt.cap is None or dealt.line.service_code is None:
        text = _AHEAD_LINE
    elif dealt.amount == dealt.cap:
        text = _WHOLE_LINE
    called = names.of(dealt.line)
    line = translated(language, text, service=called, amount=dealt.amount, weight=dealt.weight, cap=dealt.cap)
    return _odd(dealt, line, language)


def _odd(dealt: Dealt, line: object, language: str) -> str:
    return translated(language, _ODD, line=line) if dealt.odd_kopeck else str(line)


def _month(period: str | None) -> str:
    return f"{period[5:]}.{period[:4]}" if period else "—"

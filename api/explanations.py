"""A payment's explanation in words: the rule, each step, and where the odd kopeck went."""

from collections.abc import Iterator, Mapping, Sequence

from api.texts import translated
from domain.accounts.suppliers import Service
from domain.kernel.ids import SupplierAccountId
from domain.kernel.money import Money, total
from domain.payments.explanation import Dealt, Explanation, Rule, Tier, TierName

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


def words(explanation: Explanation, services: Mapping[str, Service], language: str) -> list[str]:
    """Sentences for people, in order."""
    rule = translated(language, _RULES[explanation.rule], period=_month(explanation.period))
    return [rule, *_steps(explanation, services, language)]


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


def _steps(explanation: Explanation, services: Mapping[str, Service], language: str) -> Iterator[str]:
    for spread in explanation.spreads:
        for tier in spread.tiers:
            yield _tier(tier, language)
            for dealt in tier.dealt:
                if dealt.amount:
                    yield "— " + _dealt(dealt, services, language)


def _tier(tier: Tier, language: str) -> str:
    amount = total(dealt.amount for dealt in tier.dealt)
    return translated(language, _TIERS[tier.name], period=_month(tier.period), amount=amount)


def _dealt(dealt: Dealt, services: Mapping[str, Service], language: str) -> str:
    code = dealt.line.service_code or str(dealt.line.supplier_account_id)
    service = services[code].name if code in services else code
    text = _LINE
    if dealt.cap is None or dealt.line.service_code is None:
        text = _AHEAD_LINE
    elif dealt.amount == dealt.cap:
        text = _WHOLE_LINE
    line = translated(
        language, text, service=service, amount=dealt.amount, weight=dealt.weight, cap=dealt.cap
    )
    return translated(language, _ODD, line=line) if dealt.odd_kopeck else line


def _month(period: str | None) -> str:
    return f"{period[5:]}.{period[:4]}" if period else "—"

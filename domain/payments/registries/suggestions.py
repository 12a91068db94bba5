"""Whose unidentified money may be: evidence with a score, and when it is enough to post by itself.

A slip of the finger, the payer's earlier payments, the name and the address that the file gives, a sum that
is exactly what is to pay, a corrected file of the agent. Nobody's alone reaches the threshold but the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import ClassVar

import msgspec

from domain.accounts.accounts import AccountKind
from domain.accounts.searching import masked
from domain.kernel.ids import AccountId
from domain.kernel.money import Money
from domain.kernel.terms import Term
from domain.payments.registries.entries import Payer, plain
from domain.payments.registries.rows import RegistryRow
from domain.payments.registries.targets import NumberCheck, Target
from domain.payments.traces import distance

MOST_SUGGESTED = 10
_PREFIXED = re.compile(r"[^0-9]{0,6}([0-9]{5,20})")
_ADDRESS_WORDS = 3
_SURNAME_CHARS = 3


class SuspenseTerms(Term, frozen=True, kw_only=True):
    """`post_from_score`: the least score that posts by itself, if the next best is `ahead_by` behind it.
    Up to `alone_up_to` one person may send money on; above it a second one agrees. `number_prefixes` stand
    before the digits of contracts' numbers; payers leave them out."""

    name: ClassVar[str] = "payments.suspense"

    post_from_score: int
    ahead_by: int
    alone_up_to: Money
    number_check: NumberCheck = "none"
    number_prefixes: tuple[str, ...] = ("Д-",)


class Evidence(StrEnum):
    NUMBER_WITHOUT_PREFIX = "number-without-prefix"
    NUMBER_ONE_OFF = "number-one-off"
    NUMBER_TWO_OFF = "number-two-off"
    ONE_OF_SEVERAL = "one-of-several"
    PAID_BEFORE = "paid-before"
    NAME = "name"
    ADDRESS = "address"
    SUM_TO_PAY = "sum-to-pay"
    CORRECTED = "corrected"


SCORES = {
    Evidence.NUMBER_WITHOUT_PREFIX: 70,
    Evidence.NUMBER_ONE_OFF: 55,
    Evidence.NUMBER_TWO_OFF: 30,
    Evidence.ONE_OF_SEVERAL: 40,
    Evidence.PAID_BEFORE: 50,
    Evidence.NAME: 25,
    Evidence.ADDRESS: 20,
    Evidence.SUM_TO_PAY: 20,
    Evidence.CORRECTED: 95,
}
MOST_SCORE = 100


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An account that money may be, as far as it is compared. `numbers` are all it is known by, `to_pay` is
    None where it was not looked at."""

    account_id: AccountId
    number: str
    numbers: tuple[str, ...]
    kind: AccountKind
    holder_name: str
    address: str
    to_pay: Money | None = None
    is_closed: bool = False
    has_paid_before: bool = False
    is_in_corrected_file: bool = False


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """`score` is 0 to 100; `evidence` says what it comes from. `holder`: of a resident's names the surname
    alone."""

    account_id: AccountId
    number: str
    score: int
    evidence: tuple[Evidence, ...]
    is_closed: bool
    holder: str
    address: str


def suggestions(row: RegistryRow, candidates: Iterable[Candidate]) -> list[Suggestion]:
    """The best first; those that nothing speaks for are left out."""
    found = []
    for one in candidates:
        evidence = tuple(_evidence(row, one))
        score = min(MOST_SCORE, sum(SCORES[each] for each in evidence))
        if set(evidence) - {Evidence.SUM_TO_PAY}:
            found.append(
                Suggestion(
                    account_id=one.account_id,
                    number=one.number,
                    score=score,
                    evidence=evidence,
                    is_closed=one.is_closed,
                    holder=masked(one.holder_name, one.kind),
                    address=one.address,
                )
            )
    return sorted(found, key=lambda one: (-one.score, one.number))[:MOST_SUGGESTED]


def surely(found: Sequence[Suggestion], terms: SuspenseTerms) -> Target | None:
    """Where money goes without a person: above the threshold, and clear of everybody else."""
    if not found or found[0].score < terms.post_from_score or found[0].is_closed:
        return None
    if len(found) > 1 and found[0].score - found[1].score < terms.ahead_by:
        return None
    return Target(account_id=found[0].account_id)


def _evidence(row: RegistryRow, one: Candidate) -> Iterable[Evidence]:
    texts = row.account_texts
    if any(text in one.numbers for text in texts):
        yield Evidence.ONE_OF_SEVERAL
    elif {digits_of(text) for text in texts} & {digits_of(number) for number in one.numbers} - {None}:
        yield Evidence.NUMBER_WITHOUT_PREFIX
    elif texts:
        apart = min(distance(text, number) for text in texts for number in one.numbers)
        if apart == 1:
            yield Evidence.NUMBER_ONE_OFF
        elif apart == 2:
            yield Evidence.NUMBER_TWO_OFF
    if one.has_paid_before:
        yield Evidence.PAID_BEFORE
    if row.payer:
        yield from _of_payer(row.payer, one)
    if row.amount == one.to_pay:
        yield Evidence.SUM_TO_PAY
    if one.is_in_corrected_file:
        yield Evidence.CORRECTED


def digits_of(number: str) -> str | None:
    """Of a number that is digits after a few letters at most; of any other None."""
    found = _PREFIXED.fullmatch(number)
    return found[1] if found else None


def _of_payer(payer: Payer, one: Candidate) -> Iterable[Evidence]:
    if same_name(payer.name, one.holder_name):
        yield Evidence.NAME
    if same_address(payer.address, one.address):
        yield Evidence.ADDRESS


def same_name(one: str, other: str) -> bool:
    """Banks write “ИВАНОВ И.И.” or “Иванов Иван И.”: the surname whole, of the rest as much as both give."""
    mine, theirs = plain(one).split(), plain(other).split()
    if not mine or not theirs or len(mine[0]) < _SURNAME_CHARS or mine[0] != theirs[0]:
        return False
    given = list(zip(mine[1:], theirs[1:], strict=False))
    return bool(given) and all(a.startswith(b) or b.startswith(a) for a, b in given)


def same_address(one: str, other: str) -> bool:
    """The words that are not mere sorts of places, and every number among them, in both."""
    mine, theirs = _place(one), _place(other)
    shorter, longer = sorted((mine, theirs), key=len)
    numbers = {word for word in mine ^ theirs if word[0].isdigit()}
    return len(shorter) >= _ADDRESS_WORDS and shorter <= longer and not numbers


_SORTS = frozenset(
    ("Г", "ГОРОД", "УЛ", "УЛИЦА", "ПР", "ПРОСПЕКТ", "ПЕР", "ОБЛ", "ОБЛАСТЬ", "Д", "ДОМ", "К", "КОРП", "КВ")
)


def _place(text: str) -> frozenset[str]:
    return frozenset(plain(text).split()) - _SORTS

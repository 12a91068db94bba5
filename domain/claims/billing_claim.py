"""A legal entity's claim against what it was charged (Arbitration Procedure Code, art. 4, part 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.accounts.accounts import AccountKind
from domain.accounts.charges import Charge
from domain.cases.cases import Case
from domain.cases.corrections import LoweredLine, corrected, granted_lines, taken_back, unknown_lines
from domain.cases.effects import Effect
from domain.cases.file import AccountFile, FileWish
from domain.cases.forms import Form, Grant, GrantedLine, Objection, Paper
from domain.kernel.fields import told
from domain.kernel.ids import ChargeId
from domain.kernel.money import Money, total


class BillingClaimGrant(Grant, frozen=True, kw_only=True, tag="billing-claim"):
    lines: Annotated[
        tuple[LoweredLine, ...], Meta(min_length=1, max_length=400), told("Lines of the bill to be lowered")
    ]

    @property
    def money(self) -> Money:
        return total(line.principal + line.penalty for line in self.lines)


class BillingClaim(Form, frozen=True, kw_only=True, tag="billing-claim"):
    title: ClassVar[str] = "Claim against the charges"
    explanation: ClassVar[str] = "Choose lines of the contract's bills and say what is wrong with them"
    for_whom: ClassVar[frozenset[AccountKind]] = frozenset({AccountKind.CONTRACT})
    papers: ClassVar[tuple[Paper, ...]] = (
        Paper(code="claim", text="The claim signed by the head or by power of attorney"),
        Paper(code="reckoning", text="Your own reckoning", is_required=False),
    )
    grant: ClassVar[type[Grant]] = BillingClaimGrant

    lines: Annotated[
        tuple[ChargeId, ...],
        Meta(min_length=1, max_length=400),
        told("Lines of the contract's bills", "Choose the lines that are wrong", widget="charges"),
    ]
    words: Annotated[str, Meta(min_length=3, max_length=4000), told("What is wrong, and why")]
    signed_by: Annotated[str, Meta(min_length=3, max_length=200), told("Full name of the signer")]

    @property
    def lines_asked(self) -> Sequence[ChargeId]:
        return self.lines

    def wish(self) -> FileWish:
        return FileWish(charges=None)

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        return unknown_lines(self.lines, file)

    def granted_lines(self, grant: Grant, file: AccountFile) -> Sequence[GrantedLine]:
        assert isinstance(grant, BillingClaimGrant)
        return list(granted_lines(grant.lines, self._chosen(file), file))

    def effects(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, BillingClaimGrant)
        return corrected(case, grant.lines, self._chosen(file), file)

    def annulment(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        assert isinstance(grant, BillingClaimGrant)
        return taken_back(case, grant.lines, self._chosen(file), file)

    def _chosen(self, file: AccountFile) -> list[Charge]:
        chosen = set(self.lines)
        return [charge for charge in file.charges if charge.id in chosen]

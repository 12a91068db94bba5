"""Whom a payer chose to pay: everybody at once, one supplier, or several of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Protocol

from msgspec import Meta

from domain.accounts.accounts import PayableSupplierAccount, PaymentCard
from domain.kernel.errors import Conflict, Invalid
from domain.kernel.ids import SupplierAccountId
from domain.kernel.money import Money, total
from domain.payments.allocation import NothingToPayFor
from domain.payments.payments import WishedPart

ChosenIds = Annotated[str, Meta(max_length=2000)]
"""Ids of supplier accounts with commas between, as the form of a payment carries them; empty: everybody."""


class SumOfChosenChanged(Conflict):
    code = "sum-of-chosen-changed"
    text = "What is owed to the chosen suppliers has changed: now it is {amount}"
    remedy = "Look at the sum and press the button again"


class WhomChanged(Conflict):
    code = "whom-to-pay-changed"
    text = "You have chosen others than the sum was for: to them it is {amount}"
    remedy = "Look at the sum and where it goes, then press the button again"


class NobodyChosen(Invalid):
    code = "nobody-chosen"
    text = "Nobody is chosen"
    remedy = "Tick at least one of those you want to pay"


class Ticks(Protocol):
    """The fields of a form, or of an address."""

    def getall(self, key: str, default: list[str], /) -> list[str]: ...

    def __contains__(self, key: object, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """`suppliers` is empty when everybody is paid. Several are paid just what is owed to each: a sum of the
    payer's own would have to be split by a rule that nobody has named."""

    card: PaymentCard
    suppliers: tuple[PayableSupplierAccount, ...]

    @classmethod
    def of(cls, card: PaymentCard, asked: Iterable[str]) -> "Chosen":
        """NothingToPayFor for one that is not of this account: to pay everything instead would not be what
        was asked."""
        wanted = {one.strip().lower() for text in asked for one in text.split(",") if one.strip()}
        found = tuple(one for one in card.supplier_accounts if str(one.id) in wanted)
        if len(found) != len(wanted):
            raise NothingToPayFor(field="supplier")
        return cls(card, () if len(found) == len(card.supplier_accounts) > 1 else found)

    def ticked(self, fields: Ticks) -> "Chosen":
        """Whom the boxes name that stand beside the sum of these. Without boxes: these. NobodyChosen."""
        if "boxes" not in fields:
            return self
        ids = fields.getall("ticked", [])
        if not ids:
            raise NobodyChosen(field="ticked")
        return Chosen.of(self.card, ids)

    @property
    def owed(self) -> Money:
        return total(one.to_pay for one in self.suppliers) if self.suppliers else self.card.to_pay

    @property
    def are_several(self) -> bool:
        return len(self.suppliers) > 1

    @property
    def ids(self) -> ChosenIds:
        return ",".join(str(one.id) for one in self.suppliers)

    def has(self, supplier_account_id: SupplierAccountId) -> bool:
        return not self.suppliers or any(one.id == supplier_account_id for one in self.suppliers)

    def parts(self, amount: Money) -> tuple[WishedPart, ...] | None:
        """None: the rule spreads the sum over everybody. SumOfChosenChanged."""
        if not self.suppliers:
            return None
        if not self.are_several:
            return (WishedPart(supplier_account_id=self.suppliers[0].id, amount=amount),)
        if amount != self.owed:
            raise SumOfChosenChanged(amount=self.owed, field="amount")
        return tuple(
            WishedPart(supplier_account_id=one.id, amount=one.to_pay) for one in self.suppliers if one.to_pay
        )

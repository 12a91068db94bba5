"""Where a wished sum would go: the same for the preview and for the payment itself."""

from collections.abc import Sequence
from datetime import date

from domain.accounts.accounts import AccountCard
from domain.accounts.ledger import Standing
from domain.kernel.money import Money
from domain.payments.allocation import allocate
from domain.payments.explanation import Addressed, AllocationRule, Explanation, Part
from domain.payments.methods import PaymentLimits, PaymentMethods
from domain.payments.payments import Wish
from domain.store import Store


async def spread(
    store: Store, wish: Wish, card: AccountCard, standing: Standing, day: date
) -> tuple[tuple[Part, ...], Explanation]:
    """The parts of a wish and their explanation, by the rules of `day`."""
    (await store.terms.at(PaymentMethods, day)).check(wish.method)
    amount = wish.checked(await store.terms.at(PaymentLimits, day))
    rule = await store.terms.at(AllocationRule, day)
    return allocate(standing, _addressed(wish, amount, card), rule=rule, period=wish.period)


def _addressed(wish: Wish, amount: Money, card: AccountCard) -> Sequence[Addressed]:
    """Everything at once, or chosen supplier accounts: each must be one of this account's."""
    if wish.parts is None:
        everyone = tuple(one.id for one in card.supplier_accounts)
        return [Addressed(amount=amount, supplier_account_ids=everyone)]
    return [
        Addressed(
            amount=part.amount,
            supplier_account_ids=(card.supplier_account(part.supplier_account_id).id,),
            penalty=part.penalty,
        )
        for part in wish.parts
    ]

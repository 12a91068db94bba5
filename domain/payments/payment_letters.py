"""What the payer is told by e-mail once the money has arrived. Letters of other features come with
the notices; this one is written with the payment it is about."""

from domain.accounts.accounts import AccountCard
from domain.kernel.letters import Letter
from domain.payments.payments import Payment


def payment_letter(payment: Payment, card: AccountCard, to: str) -> Letter:
    """The letter is Russian: its reader's language comes with the preferences of notices."""
    names = {one.id: f"{one.supplier_name}, л/с {one.number}" for one in card.supplier_accounts}
    lines = [f"  {names[part.supplier_account_id]}: {part.amount}" for part in payment.parts]
    text = "\n".join(
        [
            f"Платёж {payment.amount} по лицевому счёту {card.account.number} зачислен.",
            "",
            "Куда он пошёл:",
            *lines,
            "",
            "Почему именно так, до копейки, показано в личном кабинете у этого платежа.",
            f"Номер платежа: {payment.id}",
        ]
    )
    return Letter(key=f"payment.{payment.id}", to=to, subject=f"Платёж {payment.amount} зачислен", text=text)

"""Banks and agents who collect for the demo's company."""

from datetime import date

from domain.accounts.requisites import account_with_check_digit, inn_with_check_digits
from domain.payments.registries.agents import PaymentAgent
from domain.store import Transaction
from infra.demo.suppliers import BIC

VALID_FROM = date(2025, 1, 1)
OWN_ACCOUNT = account_with_check_digit(BIC, "4070281060000000007")
"""The company's, of which the statements are."""

SBER = PaymentAgent(
    code="sber",
    name="Сберегательный банк (демо)",
    inn=inn_with_check_digits("770700000"),
    layout_code="sberbank",
    zone="Europe/Moscow",
    commission_basis_points=150,
)
RAIFFEISEN = PaymentAgent(
    code="raif",
    name="Банк-эквайер СБП (демо)",
    inn=inn_with_check_digits("770700011"),
    layout_code="raiffeisen",
    zone="Europe/Moscow",
    commission_basis_points=40,
)
TOCHKA = PaymentAgent(
    code="tochka",
    name="Онлайн-банк (демо)",
    inn=inn_with_check_digits("770700022"),
    layout_code="tochka",
    zone="Asia/Yekaterinburg",
    commission_basis_points=40,
)
BANK_1C = PaymentAgent(
    code="bank-1c",
    name="Расчётный банк, выписка 1С (демо)",
    inn=inn_with_check_digits("770700033"),
    layout_code="1c",
    zone="Asia/Yekaterinburg",
    bank_account=OWN_ACCOUNT,
)
BANK_CAMT = PaymentAgent(
    code="bank-camt",
    name="Расчётный банк, выписка ISO 20022 (демо)",
    inn=inn_with_check_digits("770700044"),
    layout_code="camt-053",
    zone="Asia/Yekaterinburg",
    bank_account=OWN_ACCOUNT,
)
AGENTS = (SBER, RAIFFEISEN, TOCHKA, BANK_1C, BANK_CAMT)


async def add_agents(transaction: Transaction) -> None:
    """Safe to repeat."""
    async with transaction() as store:
        for agent in AGENTS:
            await store.payment_agents.save(agent, VALID_FROM)

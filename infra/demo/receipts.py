"""Who issues the demo suppliers' receipts: we as their agent; the fund's come from a register of its own."""

from domain.kernel.access import Actor, ActorKind, Scope
from domain.kernel.calendar import first_day
from domain.kernel.ids import KABINET, SupplierId
from domain.payments.receipts.rules import IssuedBy, SupplierReceipts, Vat
from infra.container import Container
from infra.demo.households import PERIODS
from infra.demo.suppliers import SUPPLIERS

_VAT = {"О": Vat.FIVE, "К": Vat.NONE}
"""Waste pays the lower rate of small firms; contributions to repairs bear no tax."""
_ELSEWHERE = "К"


async def set_receipts(container: Container) -> None:
    settings = container.of_receipts.receipt_settings
    actor = Actor(kind=ActorKind.SYSTEM, id=KABINET, name="kabinet run", scopes=frozenset({Scope.ADMINISTER}))
    known, _ = await settings.all()
    ids = {one.inn: one.id for one in known}
    for number, supplier in enumerate(SUPPLIERS, start=1):
        setting = SupplierReceipts(
            supplier_id=SupplierId(ids[supplier.inn]),
            valid_from=first_day(PERIODS[0]),
            phone=f"+7345200000{number}",
            vat=_VAT.get(supplier.prefix, Vat.MAIN),
            issued_by=IssuedBy.ELSEWHERE if supplier.prefix == _ELSEWHERE else IssuedBy.US,
        )
        await settings.save(actor, setting, "demo")

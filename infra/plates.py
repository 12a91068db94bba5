"""Plates of service centres put together."""

from dataclasses import dataclass

from domain.payments.pos_links import NoPlates, PlateProvider
from services.payments.plates import PlateDesk
from services.payments.settling import PaymentSettlement


@dataclass(frozen=True, slots=True)
class Plating:
    """What handlers ask for by the names of these fields."""

    plate_desk: PlateDesk


def wired(settlement: PaymentSettlement) -> Plating:
    """On the provider of payments, if it knows plates."""
    provider = settlement.provider
    plates = provider if isinstance(provider, PlateProvider) else NoPlates()
    start = settlement.start
    return Plating(PlateDesk(settlement.transaction, plates, start, settlement.check, settlement.now))

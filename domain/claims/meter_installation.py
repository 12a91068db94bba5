"""A legal entity's claim to install a meter at a delivery point that has none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.accounts.accounts import AccountKind
from domain.cases.corrections import unknown_lines
from domain.cases.file import AccountFile
from domain.cases.forms import Grant, Objection, Paper
from domain.cases.on_site import (
    Contact,
    NoSuchPoint,
    NotYourSupplierAccount,
    Premises,
    VisitOrder,
    VisitPurpose,
    who_comes,
    whose,
)
from domain.cases.refused_access import RefusedAccess
from domain.claims.meter_terms import MeterWorkClaim, MeterWorkGrant, admitted_on, later_objections
from domain.claims.signers import signer_objections
from domain.kernel.fields import told
from domain.kernel.ids import DeliveryPointId, SupplierAccountId


class PointHasMeter(Objection):
    code = "claim-point-has-meter"
    text = "The meter {serial} hangs at the delivery point {point}"
    remedy = "Claim its replacement"


class MeterInstallationGrant(MeterWorkGrant, frozen=True, kw_only=True, tag="meter-installation"):
    """The meters are installed by us; a time can be chosen from now on."""


class MeterInstallation(MeterWorkClaim, frozen=True, kw_only=True, tag="meter-installation"):
    title: ClassVar[str] = "Claim to install a meter"
    explanation: ClassVar[str] = "When a delivery point of the contract has no meter"
    for_whom: ClassVar[frozenset[AccountKind]] = frozenset({AccountKind.CONTRACT})
    papers: ClassVar[tuple[Paper, ...]] = (
        Paper(code="claim", text="The claim signed by the head or by power of attorney"),
        Paper(code="application", text="Your first application, if there was one", is_required=False),
    )
    grant: ClassVar[type[Grant]] = MeterInstallationGrant

    supplier_account_id: Annotated[
        SupplierAccountId, told("The account of electricity", widget="own-supplier-account")
    ]
    points: Annotated[
        tuple[DeliveryPointId, ...],
        Meta(min_length=1, max_length=50),
        told("Delivery points without a meter", widget="delivery-points"),
    ]
    premises: Annotated[
        Premises, told("Where the meter will hang", "It decides who comes: we or the grid company")
    ]
    applied_on: Annotated[
        date | None,
        told("Day of your first application", "The six months run from it; without one, from this claim"),
    ] = None
    applied_number: Annotated[str, Meta(max_length=100), told("Number of your first application")] = ""
    contact: Annotated[Contact, told("Whom to meet")]

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        yield from signer_objections(self.signer, file)
        yield from unknown_lines(self.lines, file)
        if self.supplier_account_id not in {card.id for card in file.card.supplier_accounts}:
            yield NotYourSupplierAccount(field="form.supplier_account_id")
        codes = {point.id: point.code for point in file.points}
        hanging = {
            meter.delivery_point_id: meter.serial
            for meter in file.meters
            if meter.removed_on is None and meter.supplier_account_id == self.supplier_account_id
        }
        for no, point in enumerate(self.points):
            field = f"form.points[{no}]"
            if point not in codes:
                yield NoSuchPoint(field=field)
            elif point in hanging:
                yield PointHasMeter(field=field, serial=hanging[point], point=codes[point])
        if self.applied_on is not None:
            yield from later_objections(self.applied_on, file, "form.applied_on")

    def sent_on_to(self, file: AccountFile) -> str | None:
        """The grid company installs outside of apartment houses."""
        return whose(frozenset({self.supplier_account_id}), file) or who_comes(self.premises)

    def began_on(self, file: AccountFile) -> date:
        return self.applied_on or file.received_on or file.today

    def admitted_on(self, file: AccountFile, since: date) -> date | None:
        """None while one of the points has no meter."""
        hung = [one for one in file.meters if one.delivery_point_id in self.points and not one.removed_on]
        if {one.delivery_point_id for one in hung} != set(self.points):
            return None
        return admitted_on(hung, file.meters, since)

    def missed(self, file: AccountFile) -> Iterable[RefusedAccess]:
        installation = VisitPurpose.INSTALLATION
        return [one.refused for one in file.missed_visits if one.purpose == installation]

    def is_part_of(self, file: AccountFile) -> bool:
        own = self.supplier_account_id
        return any(meter.removed_on is None and meter.supplier_account_id == own for meter in file.meters)

    def visit(self, grant: Grant) -> VisitOrder | None:
        assert isinstance(grant, MeterInstallationGrant)
        if not grant.sends_crew:
            return None
        return VisitOrder(
            purpose=VisitPurpose.INSTALLATION,
            point_ids=self.points,
            supplier_account_id=self.supplier_account_id,
        )

"""A legal entity's claim to replace a meter: its verification or life is over, it failed or is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta
from msgspec.structs import replace

from domain.accounts.accounts import AccountKind
from domain.cases.corrections import unknown_lines
from domain.cases.file import AccountFile
from domain.cases.forms import Grant, Objection, Paper
from domain.cases.on_site import (
    Contact,
    Premises,
    VisitOrder,
    VisitPurpose,
    hanging,
    meter_of,
    who_comes,
    whose,
)
from domain.cases.refused_access import RefusedAccess
from domain.claims.meter_terms import MeterWorkClaim, MeterWorkGrant, admitted_on, later_objections
from domain.claims.signers import signer_objections
from domain.kernel.fields import Choice, told
from domain.kernel.ids import MeterId
from domain.readings.meters import Meter

ACT = "The act on the failure or the loss, or your first application (if the meter has failed or is lost)"


class StillVerified(Objection):
    code = "claim-still-verified"
    text = "The meter {serial} is verified until {until}"
    remedy = "Choose another reason, or claim when the verification has ended"


class DayUnknown(Objection):
    code = "claim-day-unknown"
    text = "Say since when the reason holds: the six months run from that day"
    remedy = "Give the day of the failure, of the loss, or of your first application"


class ReplacementReason(Choice):
    VERIFICATION_OVER = "verification-over", "The verification is over"
    LIFE_OVER = "life-over", "The service life is over"
    FAILED = "failed", "The meter has failed"
    LOST = "lost", "The meter is lost"


class MeterReplacementGrant(MeterWorkGrant, frozen=True, kw_only=True, tag="meter-replacement"):
    """The meters are replaced by us; a time can be chosen from now on."""


class MeterReplacement(MeterWorkClaim, frozen=True, kw_only=True, tag="meter-replacement"):
    title: ClassVar[str] = "Claim to replace a meter"
    explanation: ClassVar[str] = "When a meter has failed or is lost, or its verification or life is over"
    for_whom: ClassVar[frozenset[AccountKind]] = frozenset({AccountKind.CONTRACT})
    papers: ClassVar[tuple[Paper, ...]] = (
        Paper(code="claim", text="The claim signed by the head or by power of attorney"),
        Paper(code="act", text=ACT),
        Paper(code="photos", text="Photos of the meter and its seals", is_required=False),
    )
    grant: ClassVar[type[Grant]] = MeterReplacementGrant

    reason: Annotated[ReplacementReason, told("Why the meter is to be replaced")]
    meters: Annotated[
        tuple[MeterId, ...], Meta(min_length=1, max_length=50), told("The meters", widget="meters")
    ]
    premises: Annotated[
        Premises, told("Where the meter hangs", "It decides who comes: we or the grid company")
    ]
    since: Annotated[
        date | None,
        told(
            "Since which day",
            "The day you told us of the failure or the loss, or the service life ended",
            needed_when="needed, unless the verification is over",
        ),
    ] = None
    applied_number: Annotated[str, Meta(max_length=100), told("Number of your first application")] = ""
    contact: Annotated[Contact, told("Whom to meet")]

    @property
    def ground(self) -> str:
        return self.reason

    def papers_needed(self) -> Sequence[Paper]:
        """That the term of a verification or of a service life is over, its days say; no act does."""
        if self.reason in {ReplacementReason.FAILED, ReplacementReason.LOST}:
            return self.papers
        return [replace(one, is_required=one.is_required and one.code != "act") for one in self.papers]

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        yield from signer_objections(self.signer, file)
        yield from unknown_lines(self.lines, file)
        for no, meter_id in enumerate(self.meters):
            field = f"form.meters[{no}]"
            yield from hanging(meter_id, file, field)
            meter = meter_of(meter_id, file)
            until = meter.verified_until if meter else None
            if meter and until and self.reason is ReplacementReason.VERIFICATION_OVER and file.today <= until:
                yield StillVerified(field=field, serial=meter.serial, until=f"{until:%d.%m.%Y}")
        if self.since is not None:
            yield from later_objections(self.since, file, "form.since")
        elif self.reason is not ReplacementReason.VERIFICATION_OVER or self.term(file) is None:
            yield DayUnknown(field="form.since")

    def sent_on_to(self, file: AccountFile) -> str | None:
        """The grid company replaces what hangs outside of apartment houses."""
        counted_at = frozenset(meter.supplier_account_id for meter in self._hanging(file))
        return whose(counted_at, file) or who_comes(self.premises)

    def began_on(self, file: AccountFile) -> date | None:
        """From the day given; for verification from the end of the latest to end, so that none is early."""
        ends = [meter.verified_until for meter in self._hanging(file) if meter.verified_until]
        over = max(ends) if self.reason is ReplacementReason.VERIFICATION_OVER and ends else None
        return over or self.since

    def admitted_on(self, file: AccountFile, since: date) -> date | None:
        return admitted_on(self._hanging(file), file.meters, since)

    def missed(self, file: AccountFile) -> Iterable[RefusedAccess]:
        return [one.refused for one in file.missed_visits if one.meter_ids.intersection(self.meters)]

    def is_part_of(self, file: AccountFile) -> bool:
        return any(meter.removed_on is None and meter.id not in self.meters for meter in file.meters)

    def visit(self, grant: Grant) -> VisitOrder | None:
        assert isinstance(grant, MeterReplacementGrant)
        return (
            VisitOrder(purpose=VisitPurpose.REPLACEMENT, meter_ids=self.meters) if grant.sends_crew else None
        )

    def _hanging(self, file: AccountFile) -> list[Meter]:
        return [meter for meter in file.meters if meter.id in self.meters]

"""Who signs a claim: the head, or a representative whose power of attorney is looked up among those we hold.

Source: Civil Code, art. 182, 185; Arbitration Procedure Code, art. 61. A claim is taken in whatever is known
of the power, for the day it came in has effects in money; one that is known to be over is said at the door.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.cases.file import AccountFile
from domain.cases.forms import Check, CheckResult, Objection
from domain.kernel.fields import told
from domain.people.powers import Power, PowerKind, PowerStatus

POWER = "The power of attorney"
HOLDS = "The power of attorney {guid} is confirmed for this contract and holds until {until}"
WAITS = "The power of attorney {guid} was presented for this contract and waits to be confirmed"
IS_OVER = "The power of attorney {guid} holds no longer: ask for one that does"
UNKNOWN = "The power of attorney {guid} was never presented for this contract: ask for it before you decide"


class PowerMissing(Objection):
    code = "claim-power-missing"
    text = "Who is not the head signs by power of attorney"
    remedy = "Give the registration number (GUID) of the machine-readable power of attorney"


class PowerOver(Objection):
    code = "claim-power-over"
    text = "This power of attorney was revoked, refused, or has expired"
    remedy = "Give one that holds today, or let the head sign"


class Signer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`power_guid` is the registration number of the machine-readable power of attorney."""

    name: Annotated[str, Meta(min_length=3, max_length=200), told("Full name of the signer")]
    position: Annotated[str, Meta(max_length=200), told("Position")] = ""
    is_head: Annotated[bool, told("The signer is the head and needs no power of attorney")] = False
    power_guid: Annotated[
        UUID | None,
        told(
            "GUID of the machine-readable power of attorney",
            "If the signer is not the head",
            needed_when="needed, unless the signer is the head",
        ),
    ] = None


def signer_objections(signer: Signer, file: AccountFile) -> Iterator[Objection]:
    if signer.is_head:
        return
    if signer.power_guid is None:
        yield PowerMissing(field="form.signer.power_guid")
    elif (power := _held(signer.power_guid, file)) and not _is_live(power, file):
        yield PowerOver(field="form.signer.power_guid")


def power_checks(signer: Signer, file: AccountFile) -> Iterator[Check]:
    """What we know of the power, for whoever decides."""
    if signer.is_head or signer.power_guid is None:
        return
    power, guid = _held(signer.power_guid, file), str(signer.power_guid)
    if power is None:
        yield Check.of(POWER, CheckResult.LOOK, UNKNOWN, guid=guid)
    elif not _is_live(power, file):
        yield Check.of(POWER, CheckResult.LOOK, IS_OVER, guid=guid)
    elif power.status is PowerStatus.WAITING:
        yield Check.of(POWER, CheckResult.LOOK, WAITS, guid=guid)
    else:
        yield Check.of(POWER, CheckResult.FINE, HOLDS, guid=guid, until=f"{power.valid_until:%d.%m.%Y}")


def _held(guid: UUID, file: AccountFile) -> Power | None:
    """Of several presentations of one power the one that holds."""
    known = [
        power
        for power in file.powers
        if power.kind is PowerKind.MACHINE and power.number.lower() == str(guid)
    ]
    return max(
        known,
        key=lambda power: (_is_live(power, file), power.status is PowerStatus.ACTIVE, power.entered_at),
        default=None,
    )


def _is_live(power: Power, file: AccountFile) -> bool:
    return power.is_live and power.holds_on(file.today)

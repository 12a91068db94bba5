"""Whether a person may be sent a kind of notice by a channel at all, and why not."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from domain.notices.preferences import Preferences
from domain.notices.words import Basis, Channel, Words
from domain.people.consents import Consent, Purpose, is_stopped

PURPOSES = {Channel.EMAIL: Purpose.EMAIL_NOTICES}
"""The consent that each channel's notices ask for."""


class Barred(StrEnum):
    NO_ADDRESS = "no-address"
    NO_CONSENT = "no-consent"
    SWITCHED_OFF = "switched-off"
    BOUNCING = "address-bounces"


class ConsentStanding(StrEnum):
    GIVEN = "given"
    NONE = "none"
    WITHDRAWN = "withdrawn"


class Reader(Protocol):
    """`address` is of that channel; `bounces`: letters to it come back."""

    @property
    def address(self) -> str | None: ...
    @property
    def preferences(self) -> Preferences: ...
    @property
    def consent(self) -> ConsentStanding: ...
    @property
    def bounces(self) -> bool: ...


def standing(channel: Channel, consents: Iterable[Consent]) -> ConsentStanding:
    """What a person said to notices by that channel."""
    mine = [consent for consent in consents if consent.purpose is PURPOSES[channel]]
    if any(consent.stands for consent in mine):
        return ConsentStanding.GIVEN
    return ConsentStanding.WITHDRAWN if is_stopped(PURPOSES[channel], mine) else ConsentStanding.NONE


def barred(words: type[Words], channel: Channel, reader: Reader) -> Barred | None:
    """Why that kind is not sent to them, or None when it may be."""
    if not reader.address:
        return Barred.NO_ADDRESS
    if reader.consent is ConsentStanding.WITHDRAWN:
        return Barred.NO_CONSENT
    if words.basis is Basis.CONSENT and reader.consent is not ConsentStanding.GIVEN:
        return Barred.NO_CONSENT
    if not reader.preferences.allows(words, channel):
        return Barred.SWITCHED_OFF
    return Barred.BOUNCING if reader.bounces else None

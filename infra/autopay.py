"""Autopay and saved ways to pay, put together."""

import hmac
from dataclasses import dataclass

from domain.payments.autopay.stopping import AutopayStop
from domain.payments.provider import Provider
from infra.settings import Settings
from services.payments.autopay import AutopayService
from services.payments.autopay_running import AutopayRunning
from services.payments.saving import MethodSaving
from services.payments.starting import PaymentStart
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class AutopayLinks:
    """Reads the links of letters, also those signed with the key before."""

    keys: tuple[bytes, ...]

    def read(self, token: str) -> AutopayStop:
        """AutopayLinkWrong."""
        return AutopayStop.read(token, self.keys)


@dataclass(frozen=True, slots=True)
class Autopaying:
    """What handlers ask for by the names of these fields, and what jobs need."""

    autopay_service: AutopayService
    autopay_running: AutopayRunning
    method_saving: MethodSaving
    autopay_links: AutopayLinks


def wired(
    sessions: SessionService, provider: Provider, start: PaymentStart, settings: Settings
) -> Autopaying:
    """On the transaction and the clock of `sessions`."""
    transaction, now, zone = sessions.transaction, sessions.now, sessions.zone
    secrets = [one for one in (settings.secret_key, settings.secret_key_previous) if one]
    return Autopaying(
        autopay_service=AutopayService(transaction, now, zone),
        autopay_running=AutopayRunning(transaction, start, now, zone),
        method_saving=MethodSaving(transaction, provider, now),
        autopay_links=AutopayLinks(tuple(autopay_stop_key(one) for one in secrets)),
    )


def autopay_stop_key(secret_key: str) -> bytes:
    """A key of its own: what is signed for one purpose must not open another."""
    return hmac.digest(secret_key.encode(), b"autopay.stop-links", "sha256")

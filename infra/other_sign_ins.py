"""Passkeys and providers of identity, put together."""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_bytes

from adapters.webauthn.authenticators import WebauthnAuthenticators
from domain.people.identities import IdentityProvider
from infra.identity_providers import return_urls
from infra.settings import Settings
from services.people.identities import IdentityService
from services.people.passkeys import PasskeyService
from services.people.sessions import SessionService


@dataclass(frozen=True, slots=True)
class OtherSignIns:
    """What handlers ask for by the names of these fields, and what jobs need."""

    passkey_service: PasskeyService
    identity_service: IdentityService


def wired(
    sessions: SessionService, settings: Settings, identity_from: Mapping[str, IdentityProvider]
) -> OtherSignIns:
    """On the transaction, the clock and the secrets of `sessions`."""
    return OtherSignIns(
        passkey_service=PasskeyService(
            transaction=sessions.transaction,
            sessions=sessions,
            authenticators=WebauthnAuthenticators(settings.webauthn_rp_id, settings.webauthn_origin),
            now=sessions.now,
            new_challenge=token_bytes,
            zone=sessions.zone,
        ),
        identity_service=IdentityService(
            transaction=sessions.transaction,
            sessions=sessions,
            providers=identity_from,
            return_urls=return_urls(settings, identity_from),
            now=sessions.now,
            new_id=sessions.new_id,
            new_secret=sessions.new_secret,
            zone=sessions.zone,
        ),
    )

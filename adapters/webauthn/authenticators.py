"""WebAuthn level 3 by the `webauthn` library: https://www.w3.org/TR/webauthn-3/.

The owner's verification and a discoverable key are always required; attestation is not asked for, for
no make of device is preferred.
"""

from dataclasses import dataclass

import webauthn
from cryptography.exceptions import UnsupportedAlgorithm
from webauthn.helpers import bytes_to_base64url, parse_client_data_json
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.options_to_json_dict import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from domain.people.customers import Customer
from domain.people.passkeys import (
    CHALLENGE_LIVES,
    Assertion,
    Attestation,
    MadeKey,
    Options,
    Passkey,
    PasskeyNotMade,
    PasskeyRefused,
)

ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_TRANSPORTS = {transport.value: transport for transport in AuthenticatorTransport}
# What the library lets through of a stranger's bytes besides its own: found by feeding it broken ones.
_BROKEN = (
    WebAuthnException, UnsupportedAlgorithm, ValueError, TypeError, LookupError, AttributeError,
    RecursionError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WebauthnAuthenticators:
    """`rp_id` is our domain, `origin` the address of our pages, as browsers write it."""

    rp_id: str
    origin: str
    site_name: str = "Kabinet"

    def making_options(self, customer: Customer, has: list[Passkey], challenge: bytes) -> Options:
        options: Options = options_to_json_dict(
            webauthn.generate_registration_options(
                rp_id=self.rp_id,
                rp_name=self.site_name,
                # The handle is kept by the device in the clear: an id, nothing personal.
                user_id=customer.id.bytes,
                user_name=customer.phone,
                user_display_name=customer.name,
                challenge=challenge,
                timeout=_timeout_milliseconds(),
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.REQUIRED,
                    user_verification=UserVerificationRequirement.REQUIRED,
                ),
                exclude_credentials=[_described(passkey) for passkey in has],
                supported_pub_key_algs=ALGORITHMS,
            )
        )
        return options

    def signing_options(self, challenge: bytes) -> Options:
        options: Options = options_to_json_dict(
            webauthn.generate_authentication_options(
                rp_id=self.rp_id,
                challenge=challenge,
                timeout=_timeout_milliseconds(),
                user_verification=UserVerificationRequirement.REQUIRED,
            )
        )
        return options

    def challenge_in(self, client_data: bytes) -> bytes:
        try:
            return parse_client_data_json(client_data).challenge
        except _BROKEN:
            return b""

    def made(self, attestation: Attestation, challenge: bytes) -> MadeKey:
        try:
            _refuse_framed(attestation.client_data)
            verified = webauthn.verify_registration_response(
                credential=RegistrationCredential(
                    id=bytes_to_base64url(attestation.credential_id),
                    raw_id=attestation.credential_id,
                    response=AuthenticatorAttestationResponse(
                        client_data_json=attestation.client_data,
                        attestation_object=attestation.attestation_object,
                    ),
                ),
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=self.origin,
                require_user_verification=True,
                supported_pub_key_algs=ALGORITHMS,
            )
        except _BROKEN as error:
            raise PasskeyNotMade(field="credential") from error
        if verified.credential_id != attestation.credential_id or len(verified.credential_id) > 1023:
            raise PasskeyNotMade(field="credential")
        return MadeKey(
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
        )

    def signed(self, assertion: Assertion, challenge: bytes, public_key: bytes) -> int:
        try:
            _refuse_framed(assertion.client_data)
            verified = webauthn.verify_authentication_response(
                credential=AuthenticationCredential(
                    id=bytes_to_base64url(assertion.credential_id),
                    raw_id=assertion.credential_id,
                    response=AuthenticatorAssertionResponse(
                        client_data_json=assertion.client_data,
                        authenticator_data=assertion.authenticator_data,
                        signature=assertion.signature,
                        user_handle=assertion.user_handle,
                    ),
                ),
                expected_challenge=challenge,
                expected_rp_id=self.rp_id,
                expected_origin=self.origin,
                credential_public_key=public_key,
                # The counter is a rule of ours: see Passkey.used.
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except _BROKEN as error:
            raise PasskeyRefused from error
        return verified.new_sign_count


def _refuse_framed(client_data: bytes) -> None:
    """Our pages never stand in another site's frame (WebAuthn 7.1 step 10, 7.2 step 13)."""
    if parse_client_data_json(client_data).cross_origin:
        raise ValueError("asked from a frame of another site")


def _described(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    known = [_TRANSPORTS[transport] for transport in passkey.transports if transport in _TRANSPORTS]
    return PublicKeyCredentialDescriptor(id=passkey.credential_id, transports=known or None)


def _timeout_milliseconds() -> int:
    return int(CHALLENGE_LIVES.total_seconds() * 1000)

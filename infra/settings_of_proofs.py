"""Settings of published roots: a part of `infra.settings.Settings`. It stands on the part before it because
Structs have one parent."""

from collections.abc import Iterator
from typing import Annotated

from adapters.secrets.signing import signer_of
from infra.setting_words import described as _is
from infra.settings_of_files import FileSettings


class ProofSettings(FileSettings, frozen=True, kw_only=True):
    proof_key: Annotated[
        str,
        _is(
            "Signs each day's root (Ed25519); none: a key that follows from KABINET_SECRET_KEY. Roots signed "
            "by a former key stay valid: their public keys stay published",
            "PEM as `openssl genpkey -algorithm ed25519` writes, or 64 hexadecimal digits",
            secret=True,
        ),
    ] = ""
    proof_witnesses: Annotated[
        str,
        _is(
            "Who outside is mailed each day's root, so that we cannot change it later unseen; none: nobody",
            "e-mails by comma",
            pattern=r"^([^@\s,]+@[^@\s,]+(\s*,\s*[^@\s,]+@[^@\s,]+)*)?$",
        ),
    ] = ""


def contradictions(settings: ProofSettings) -> Iterator[str]:
    """What cannot be used, by the names of the variables."""
    if settings.proof_key:
        try:
            signer_of(settings.proof_key)
        except ValueError:
            yield (
                "KABINET_PROOF_KEY: not an Ed25519 key in PEM nor 64 hexadecimal digits; "
                "`openssl genpkey -algorithm ed25519 -out FILE` makes one, KABINET_PROOF_KEY_FILE names it"
            )

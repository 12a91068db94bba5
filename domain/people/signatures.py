"""Signed requests of systems that move money.

The signature is HMAC-SHA-256 (RFC 2104) by the key's signing secret over five lines

    METHOD
    /path?query            as sent, percent-encoded
    timestamp              Unix seconds
    nonce                  16 to 64 characters of A-Z a-z 0-9 - _
    SHA-256 of the body    64 hexadecimal digits, also of an empty body

joined by line feeds, without one at the end; it is sent as 64 hexadecimal digits.
"""

import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import msgspec

from domain.kernel.errors import Unauthenticated
from domain.kernel.jobs import Job

WINDOW = timedelta(seconds=300)
"""How far a client's clock may be from ours, and so how long a request can be replayed at all."""

_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class SignatureMissing(Unauthenticated):
    code = "signature-missing"
    text = "A key that may move money must sign its requests: the header {header} is missing"
    remedy = "Sign the request as docs/systems.md says"


class SignatureWrong(Unauthenticated):
    code = "signature-wrong"
    text = "The signature does not fit this request"
    remedy = "Sign method, path with query, time, nonce and body exactly as they are sent"


class SignatureExpired(Unauthenticated):
    code = "signature-expired"
    text = "The time of the signature is more than {window_seconds} s from ours"
    remedy = "Set the clock and sign the request anew"


class SignatureReplayed(Unauthenticated):
    code = "signature-replayed"
    text = "A request with this nonce has been here before"
    remedy = "Sign each request anew, with another nonce"


class PruneNonces(Job, frozen=True, kw_only=True, tag="people.prune-nonces"):
    """Forget nonces whose requests would be refused for their age."""

    is_routine: ClassVar[bool] = True


class SignedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came, with what its client says of it. `target` is the path with the query;
    `timestamp`, `nonce` and `signature` are the headers' texts, `body_sha256` is ours."""

    method: str
    target: str
    body_sha256: str
    timestamp: str
    nonce: str
    signature: str

    def moment(self) -> datetime:
        """The client's time. SignatureWrong when it, or the nonce, has no right shape."""
        if not _TIMESTAMP.fullmatch(self.timestamp) or not _NONCE.fullmatch(self.nonce):
            raise SignatureWrong
        try:
            return datetime.fromtimestamp(int(self.timestamp), UTC)
        except (ValueError, OverflowError, OSError):
            raise SignatureWrong from None

    def check(self, signing_secret: str, at: datetime) -> datetime:
        """Until when the nonce must be kept. SignatureWrong, SignatureExpired."""
        moment = self.moment()
        right = signature(
            signing_secret, self.method, self.target, self.timestamp, self.nonce, self.body_sha256
        )
        if not hmac.compare_digest(right.encode(), self.signature.lower().encode()):
            raise SignatureWrong
        if abs(at - moment) > WINDOW:
            raise SignatureExpired(window_seconds=int(WINDOW.total_seconds()))
        return moment + WINDOW


def signature(
    signing_secret: str, method: str, target: str, timestamp: str, nonce: str, body_sha256: str
) -> str:
    """What a client with that secret sends: 64 hexadecimal digits."""
    text = "\n".join((method, target, timestamp, nonce, body_sha256))
    return hmac.new(signing_secret.encode(), text.encode(), "sha256").hexdigest()

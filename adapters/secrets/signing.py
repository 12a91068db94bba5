"""Ed25519 signatures (RFC 8032) of what is published."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_SEED_BYTES = 32


class Ed25519Signer:
    """The port `Signer`."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def signer_of(text: str) -> Ed25519Signer:
    """`text` is PEM (PKCS 8), as `openssl genpkey -algorithm ed25519` writes, or 64 hexadecimal digits.
    ValueError otherwise."""
    if "BEGIN" not in text:
        return Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text.strip())))
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not a key of Ed25519")  # noqa: TRY004 - it is the text's value that is wrong
    return Ed25519Signer(key)


def derived_signer(secret_key: str) -> Ed25519Signer:
    """Of the installation's secret key, where it has no signing key of its own."""
    seed = HKDF(SHA256(), _SEED_BYTES, salt=None, info=b"kabinet day roots").derive(secret_key.encode())
    return Ed25519Signer(Ed25519PrivateKey.from_private_bytes(seed))

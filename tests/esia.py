"""A stand-in for ESIA that checks every signature, and the service beside CryptoPro: RSA in place of GOST."""

import json
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from pyasn1.codec.der.decoder import decode
from pyasn1.codec.der.encoder import encode
from pyasn1.type.univ import SetOf
from pyasn1_modules import rfc5652

from tests.sandboxes import Clock

URL = "https://esia.test"
ISSUER = "http://esia.test/"
CLIENT_ID = "KABINET"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"


def certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kabinet")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    valid = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2028, 1, 1, tzinfo=UTC)
    )
    return valid.serial_number(1).sign(key, hashes.SHA256())


OURS = rsa.generate_private_key(65537, 2048)
OUR_CERTIFICATE = certificate(OURS)
ESIAS = rsa.generate_private_key(65537, 2048)


class CryptoService:
    """Speaks the two requests of `RemoteSigner`, and is a `Signer` itself."""

    async def sign(self, data: bytes) -> bytes:
        builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
        signed = builder.add_signer(OUR_CERTIFICATE, OURS, hashes.SHA256())
        return signed.sign(Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])

    async def is_signed(self, data: bytes, signature: bytes) -> bool:
        try:
            ESIAS.public_key().verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/sign"):
            return httpx.Response(200, content=await self.sign(request.content))
        asked = json.loads(request.content)
        valid = await self.is_signed(b64decode(asked["data"]), b64decode(asked["signature"]))
        return httpx.Response(200, json={"valid": valid})


def cms_holds(signature: bytes, data: bytes) -> bool:
    """Whether a detached CMS (RFC 5652, 5.4 and 5.6) is our certificate's over `data`."""
    info, rest = decode(signature, asn1Spec=rfc5652.ContentInfo())
    signed, _ = decode(info["content"], asn1Spec=rfc5652.SignedData())
    assert not rest
    assert not signed["encapContentInfo"]["eContent"].hasValue(), "the content is to be left out"
    [signer] = signed["signerInfos"]
    attributes = SetOf()
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    expected = digest.finalize()
    for place, attribute in enumerate(signer["signedAttrs"]):
        attributes.setComponentByPosition(place, attribute)
        if str(attribute["attrType"]) == MESSAGE_DIGEST:
            found, _ = decode(attribute["attrValues"][0])
            if bytes(found) != expected:
                return False
    try:
        OUR_CERTIFICATE.public_key().verify(
            bytes(signer["signature"]), encode(attributes), padding.PKCS1v15(), hashes.SHA256()
        )
    except InvalidSignature:
        return False
    return True


def part(data: Any) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Esia:
    """`claims`, `header`, `person`, `contacts`, `answer`: what a test changes in what ESIA says."""

    clock: Clock
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    repeats_nonce: bool = True
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    def enter(self, url: str) -> dict[str, str]:
        """The person comes with `url` and goes back with this."""
        asked = dict(parse_qsl(urlsplit(url).query))
        assert url.startswith(f"{URL}/aas/oauth2/ac?")
        assert asked["response_type"] == "code"
        self._check_secret(asked)
        code = str(uuid4())
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/aas/oauth2/te":
            return self._token(dict(parse_qsl(request.content.decode())))
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return httpx.Response(401)
        if request.url.path == "/rs/prns/1000299654":
            said = {"firstName": "Мария", "lastName": "Иванова", "middleName": "Петровна", "trusted": True}
            return httpx.Response(200, json=said | self.person)
        if request.url.path == "/rs/prns/1000299654/ctts":
            assert request.url.params["embed"] == "(elements)"
            phone = {"type": "MBT", "vrfStu": "VERIFIED", "value": "+7(900)0000001", "id": 1}
            email = {"type": "EML", "vrfStu": "NOT_VERIFIED", "value": "m@example.ru", "id": 2}
            return httpx.Response(200, json={"elements": self.contacts or [phone, email], "size": 2})
        return httpx.Response(404)

    def _check_secret(self, asked: dict[str, str]) -> None:
        text = asked["scope"] + asked["timestamp"] + asked["client_id"] + asked["state"]
        assert cms_holds(urlsafe_b64decode(asked["client_secret"]), text.encode())
        made = datetime.strptime(asked["timestamp"], "%Y.%m.%d %H:%M:%S %z")
        assert abs(self.clock() - made) < timedelta(minutes=1)

    def _token(self, asked: dict[str, str]) -> httpx.Response:
        self._check_secret(asked)
        begun = self.codes.pop(asked["code"], None)
        if begun is None or begun["redirect_uri"] != asked["redirect_uri"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        assert begun["state"] != asked["state"], "every request has a state of its own"
        assert (asked["grant_type"], asked["token_type"]) == ("authorization_code", "Bearer")
        token = str(uuid4())
        self.tokens.add(token)
        given = {"access_token": token, "id_token": self._id_token(begun), "state": asked["state"]}
        return httpx.Response(200, json=given | {"token_type": "Bearer", "expires_in": 3600} | self.answer)

    def _id_token(self, begun: dict[str, str]) -> str:
        moment = int(self.clock().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "sub": 1000299654,
            "exp": moment + 3600,
            "iat": moment,
            "nbf": moment,
            "urn:esia:sbj": {"urn:esia:sbj:oid": 1000299654, "urn:esia:sbj:typ": "P"},
        }
        if self.repeats_nonce:
            claims["nonce"] = begun["nonce"]
        signed = f"{part({'alg': 'RS256', 'ver': 1, **self.header})}.{part(claims | self.claims)}"
        signature = ESIAS.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{part(signature)}"

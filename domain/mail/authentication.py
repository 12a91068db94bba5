"""Whether our own mail server vouches for the address a letter says it is from (RFC 8601, RFC 7489)."""

from collections.abc import Iterable
from enum import StrEnum

from domain.mail.content import AuthResult


class Proof(StrEnum):
    PROVED = "proved"
    NOT_PROVED = "not-proved"
    FORGED = "forged"
    """A check says the address is not the sender's: an answer would go to somebody who never wrote."""


def proof_of(sender: str, checks: Iterable[AuthResult]) -> Proof:
    """By DMARC where it was checked; else by DKIM or SPF, if they speak of the sender's very domain.

    A signature or a server of another domain proves nothing about the address in From.
    """
    domain = sender.rpartition("@")[2].lower()
    results = [one for one in checks if one.method in {"dmarc", "dkim", "spf"}]
    dmarc = [one for one in results if one.method == "dmarc" and one.result != "none"]
    if dmarc:
        return _by_dmarc(domain, dmarc)
    if any(one.result == "pass" and domain in _domains(one) for one in results):
        return Proof.PROVED
    if any(one.method == "spf" and one.result == "fail" and domain in _domains(one) for one in results):
        return Proof.FORGED
    return Proof.NOT_PROVED


def _by_dmarc(domain: str, results: list[AuthResult]) -> Proof:
    about = [one for one in results if one.properties.get("header.from", domain).lower() == domain]
    if any(one.result == "pass" and "header.from" in one.properties for one in about):
        return Proof.PROVED
    return Proof.FORGED if any(one.result == "fail" for one in about) else Proof.NOT_PROVED


def _domains(one: AuthResult) -> set[str]:
    """The domains a check speaks of: who signed, or whose servers may send."""
    names = ("header.d", "header.i") if one.method == "dkim" else ("smtp.mailfrom",)
    found = (one.properties.get(name, "").rpartition("@")[2].lower() for name in names)
    return {domain for domain in found if domain}

"""Identifiers of GIS ZhKKh, the state system of housing and utilities.

    unified account (ELS)      10 characters: 2 digits, 2 Cyrillic letters, 6 digits    75ДА533315
    service (IZhKU)            13: the unified account, a dash and 2 digits             75ДА533315-01
    payment document (IPD)     18: the service, a dash and 4 characters                 75ДА533315-01-6A01

Letters are compared whatever their case, and people type Latin ones that look the same: each check
returns the canonical writing, capital and Cyrillic.
"""

import re

from domain.kernel.errors import Invalid

_LOOK_ALIKE = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
_ACCOUNT = re.compile(r"[0-9]{2}[А-ЯЁ]{2}[0-9]{6}")
_SERVICE = re.compile(r"[0-9]{2}[А-ЯЁ]{2}[0-9]{6}-[0-9]{2}")
_DOCUMENT = re.compile(r"[0-9A-ZА-ЯЁ-]{18}")


class WrongGisAccount(Invalid):
    code = "gis-account-invalid"
    text = "This is not a unified account number of GIS ZhKKh"
    remedy = "It has 10 characters: 2 digits, 2 Cyrillic letters and 6 digits"


class WrongGisService(Invalid):
    code = "gis-service-invalid"
    text = "This is not a service id of GIS ZhKKh"
    remedy = "It has 13 characters: the unified account number, a dash and 2 digits"


class WrongGisDocument(Invalid):
    code = "gis-document-invalid"
    text = "This is not a payment document id of GIS ZhKKh"
    remedy = "It has 18 characters"


def gis_account(value: str, *, field: str = "gis_number") -> str:
    text = _canonical(value)
    if not _ACCOUNT.fullmatch(text):
        raise WrongGisAccount(field=field)
    return text


def gis_service(value: str, *, field: str = "gis_service_id") -> str:
    text = _canonical(value)
    if not _SERVICE.fullmatch(text):
        raise WrongGisService(field=field)
    return text


def gis_document(value: str, *, tail: str | None = None, field: str = "gis_document_id") -> str:
    """Only the length is sure. With `tail`, a pattern of the last 4 characters, the whole form is
    checked; the tail stays in the letters it was written in, capital (it holds hexadecimal digits)."""
    text = value.strip().upper()
    if tail is None:
        if not _DOCUMENT.fullmatch(text):
            raise WrongGisDocument(field=field)
        return text
    service = _canonical(text[:13])
    if len(text) != 18 or not _SERVICE.fullmatch(service) or not re.fullmatch(f"-(?:{tail})", text[13:]):
        raise WrongGisDocument(field=field)
    return service + text[13:]


def _canonical(value: str) -> str:
    return value.strip().upper().translate(_LOOK_ALIKE)

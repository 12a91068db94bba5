"""Payment links of the Faster Payments System (SBP), as its operator NSPK issues them.

    https://qr.nspk.ru/<id: 32 characters>?type=<01|02>&bank=<12 digits>[&sum=<kopecks>&cur=RUB]&crc=<4 hex>

`crc` is CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF, nothing reflected) of everything before
"&crc=". It shows a slip of a scanner or a printer; it is no signature: whether money came only the
bank knows. Ids come from NSPK through the bank, nobody else can make one.
"""

import binascii
import re
from enum import StrEnum
from urllib.parse import parse_qsl

import msgspec

from domain.kernel.errors import Invalid
from domain.kernel.money import Money

MAX_CHARS = 500
_HOST = "https://qr.nspk.ru/"
_MULTI_USE, _ONE_TIME = "01", "02"


class SbpLinkKind(StrEnum):
    """Static: any number of payments. Dynamic: one. Cash register: a plate at a desk."""

    STATIC = "static"
    DYNAMIC = "dynamic"
    CASH_REGISTER = "cash_register"


class WrongSbpLink(Invalid):
    code = "sbp-link-invalid"
    text = "This is not a payment link of SBP"
    remedy = "Scan the code again"


class SbpLinkDamaged(WrongSbpLink):
    code = "sbp-link-damaged"
    text = "The payment link of SBP is damaged: its checksum does not match"


class SbpLink(msgspec.Struct, frozen=True, kw_only=True):
    """`bank` is NSPK's number of the payee's bank; `sum` is None where the payer types it."""

    url: str
    qrc_id: str
    kind: SbpLinkKind
    bank: str
    sum: Money | None


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE of the ASCII bytes: 4 capital hexadecimal digits ("123456789" -> "29B1")."""
    return f"{binascii.crc_hqx(text.encode('ascii'), 0xFFFF):04X}"


def with_crc(url: str) -> str:
    """The link closed by its checksum; `url` has none yet."""
    assert "&crc=" not in url
    return f"{url}&crc={crc(url)}"


def is_link(text: str) -> bool:
    """Whether it claims to be a link of NSPK; `parse` says whether it is a good one."""
    return text.startswith(_HOST)


def parse(url: str, *, field: str = "url") -> SbpLink:
    """Read a link and check its checksum. Parameters that are not known are left alone.

    Refuses with WrongSbpLink what is no such link, with SbpLinkDamaged what was one.
    """
    if len(url) > MAX_CHARS or not url.isascii() or not url.startswith(_HOST):
        raise WrongSbpLink(field=field)
    body, mark, checksum = url.rpartition("&crc=")
    if not mark:
        raise WrongSbpLink(field=field)
    if checksum != crc(body):
        raise SbpLinkDamaged(field=field)
    qrc_id, _, query = body.removeprefix(_HOST).partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    values = dict(pairs)
    kind = _kind(qrc_id, values.get("type"))
    bank = values.get("bank", "")
    if len(values) != len(pairs) or kind is None or not re.fullmatch("[0-9]{12}", bank):
        raise WrongSbpLink(field=field)
    return SbpLink(url=url, qrc_id=qrc_id, kind=kind, bank=bank, sum=_sum(values, field))


def _kind(qrc_id: str, use: str | None) -> SbpLinkKind | None:
    """None when the id is no id, or its first letters and `type` contradict each other."""
    if not re.fullmatch("[0-9A-V]{32}", qrc_id) or use not in (_MULTI_USE, _ONE_TIME):
        return None
    if use == _ONE_TIME:
        return None if qrc_id.startswith(("AS", "BS")) else SbpLinkKind.DYNAMIC
    if qrc_id.startswith(("AD", "BD")):
        return None
    return SbpLinkKind.CASH_REGISTER if qrc_id.startswith("AS1R") else SbpLinkKind.STATIC


def _sum(values: dict[str, str], field: str) -> Money | None:
    if "sum" not in values and "cur" not in values:
        return None
    if values.get("cur") != "RUB" or not re.fullmatch("[1-9][0-9]{0,11}", values.get("sum", "")):
        raise WrongSbpLink(field=field)
    return Money(int(values["sum"]))

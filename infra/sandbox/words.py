"""Small things every part of the sandbox says the same way: refusals, moments, sums, links."""

import binascii
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo


class Refused(Exception):
    """An answer in the API's error shape. `retry_after_ms` is told where it is documented."""

    def __init__(
        self,
        status: int,
        code: str,
        description: str,
        parameter: str | None = None,
        retry_after_ms: int | None = None,
    ) -> None:
        super().__init__(description)
        self.status = status
        self.body: dict[str, Any] = {
            "type": "error",
            "id": new_id(),
            "code": code,
            "description": description,
        }
        if parameter:
            self.body["parameter"] = parameter
        if retry_after_ms is not None:
            self.body["retry_after"] = retry_after_ms


def invalid(description: str, parameter: str | None = None) -> Refused:
    return Refused(400, "invalid_request", description, parameter)


def not_found(what: str) -> Refused:
    return Refused(404, "not_found", f"{what} doesn't exist or you don't have access to it")


def new_id() -> str:
    """36 characters, as the provider's ids look."""
    digits = secrets.token_hex(16)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def stamp(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds; sorts as text."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Raises ValueError for anything but an ISO 8601 moment with a zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at


def local(text: str, zone: str) -> str:
    """A moment as people of the zone say it, with how far it is from UTC: 23.11.2026 11:30 (UTC+5)."""
    at = moment(text).astimezone(ZoneInfo(zone))
    return f"{at:%d.%m.%Y %H:%M} ({_offset(at)})"


def _offset(at: datetime) -> str:
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"


def kopecks(amount: dict[str, str]) -> int:
    """Of an amount that was already checked."""
    roubles, _, rest = amount["value"].partition(".")
    return int(roubles) * 100 + int(rest)


def amount(value_kopecks: int) -> dict[str, str]:
    return {"value": f"{value_kopecks // 100}.{value_kopecks % 100:02d}", "currency": "RUB"}


def sbp_link(qrc_id: str, bank_id: str, sum_kopecks: int) -> str:
    """A one-time link as NSPK makes them; the checksum is CRC-16/CCITT-FALSE of all before "&crc="."""
    link = f"https://qr.nspk.ru/{qrc_id}?type=02&bank={bank_id}&sum={sum_kopecks}&cur=RUB"
    return f"{link}&crc={binascii.crc_hqx(link.encode(), 0xFFFF):04X}"


def new_qrc_id() -> str:
    """AD10 and 28 characters of 0-9A-V: the number of a one-time link."""
    return "AD10" + "".join(secrets.choice("0123456789ABCDEFGHIJKLMNOPQRSTUV") for _ in range(28))

"""Delivery reports (RFC 3462, RFC 3464): which letter of ours could not be delivered, to whom, why."""

import re
from collections.abc import Iterator
from email.message import Message

from adapters.mail.words import decoded, email_of
from domain.mail.content import Undelivered

MOST_RECIPIENTS = 100
_ID = re.compile(r"<[^<>\s]{1,250}>")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


def is_report(message: Message) -> bool:
    if message.get_content_type() != "multipart/report":
        return False
    return str(message.get_param("report-type", "")).lower() == "delivery-status"


def undelivered(parts: list[Message]) -> tuple[Undelivered, ...]:
    """One for each recipient the report speaks of."""
    found = []
    for block in _blocks(parts):
        recipient = email_of(str(block.get("final-recipient", "")).rpartition(";")[2])
        original = email_of(str(block.get("original-recipient", "")).rpartition(";")[2])
        if recipient or original:
            status = _STATUS.search(str(block.get("status", "")))
            found.append(
                Undelivered(
                    recipient=original or recipient or "",
                    action=str(block.get("action", "")).strip().lower()[:20],
                    status=status[1] if status else "",
                    diagnostic=decoded(str(block.get("diagnostic-code", "")))[:300],
                )
            )
    return tuple(found[:MOST_RECIPIENTS])


def reported_id(parts: list[Message]) -> str:
    """The Message-ID of the letter that came back, from its headers or the whole of it."""
    for part in parts:
        payload = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(payload, list):
            [*_, came_back] = payload
            assert isinstance(came_back, Message)
            found = _ID.search(str(came_back.get("message-id", "")))
        elif part.get_content_type() in {"text/rfc822-headers", "message/rfc822-headers"}:
            found = re.search(r"(?im)^message-id:\s*(<[^<>\s]{1,250}>)", _plain(part))
            if found:
                return found[1]
        else:
            continue
        if found:
            return found[0]
    return ""


def _blocks(parts: list[Message]) -> Iterator[Message]:
    for part in parts:
        payload = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(payload, list):
            yield from (block for block in payload[: MOST_RECIPIENTS + 1] if isinstance(block, Message))


def _plain(part: Message) -> str:
    body = part.get_payload(decode=True)
    return body[:100_000].decode("utf-8", "replace") if isinstance(body, bytes) else ""

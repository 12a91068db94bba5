"""Answering that a code is on its way, and sending it when the answer has left."""

import logging
from typing import Annotated, TypeVar

import msgspec
from litestar import Response
from litestar.background_tasks import BackgroundTask
from msgspec import Meta

from domain.people.code_messages import CodeMessage
from domain.people.codes import DIGITS
from services.people.codes import Asked, CodeDelivery

Body = TypeVar("Body")
Code = Annotated[str, Meta(pattern=f"^[0-9]{{{DIGITS}}}$", examples=["123456"])]
_log = logging.getLogger("kabinet.api")


class CodeSent(msgspec.Struct, frozen=True, kw_only=True):
    """A message is on its way; whether it holds a code, only its reader learns."""

    expires_in_seconds: int
    resend_in_seconds: int


def code_sent(asked: Asked) -> CodeSent:
    return CodeSent(
        expires_in_seconds=asked.terms.lifetime_seconds, resend_in_seconds=asked.terms.resend_seconds
    )


def sending(body: Body, asked: Asked, delivery: CodeDelivery) -> Response[Body]:
    """202. The message leaves after the answer: a slow or deaf gateway tells nothing of the phone."""
    return Response(body, status_code=202, background=BackgroundTask(send_quietly, delivery, asked.message))


async def send_quietly(delivery: CodeDelivery, message: CodeMessage) -> None:
    try:
        await delivery.send(message)
    except Exception as error:  # noqa: BLE001 - the answer is given: whoever waits asks again
        _log.warning("a code was not sent by %s: %s", message.channel, type(error).__name__)

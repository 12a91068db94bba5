"""Terminals of agents: the OSMP protocol for those who know no other, and the same by JSON for kiosks."""

import logging
from typing import Annotated, Any, Self
from xml.sax.saxutils import escape

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.identity import Entry, client_ip
from api.problems import responses
from api.texts import language_of, translated
from domain.kernel.access import Actor, Scope
from domain.kernel.ids import PaymentId
from domain.kernel.money import Money
from domain.payments.terminals import Asked, Result, TerminalStranger, Told
from services.payments.terminals import TerminalDesk

_log = logging.getLogger("kabinet.terminals")
_MOST = 100
Text = Annotated[str, Meta(max_length=_MOST)]
AgentCode = Annotated[str, Meta(max_length=40)]


class TerminalCheckIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`account`: a unified account's number, or one supplier's. `sum` in roubles ("200.45"), to try the
    limits. `agent`: only where one key asks for several."""

    account: Text
    sum: Text = ""
    agent: AgentCode | None = None


class TerminalPaymentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`paid_at`: YYYYMMDDHHMMSS in the agent's own zone, when the payer gave the money."""

    account: Text
    sum: Text
    paid_at: Text
    agent: AgentCode | None = None


class TerminalOut(msgspec.Struct, frozen=True, kw_only=True):
    """`result` as in the OSMP protocol; 0: done, 1 and 90: ask the same again. `due` and `name` (masked) are
    null where the agreement does not let them be told."""

    result: int
    comment: str
    payment_id: PaymentId | None
    amount: Money | None
    due: Money | None
    name: str | None

    @classmethod
    def of(cls, told: Told, language: str) -> Self:
        return cls(
            result=int(told.result),
            comment=translated(language, told.comment) if told.comment else "",
            payment_id=told.payment_id,
            amount=told.amount,
            due=told.due,
            name=told.name,
        )


@get("/terminal/osmp", opt={"access": Entry.OPEN}, include_in_schema=False)
async def osmp(
    request: Request[Any, Any, Any], terminal_desk: NamedDependency[TerminalDesk]
) -> Response[bytes]:
    """command=check|pay&txn_id&account&sum&txn_date -> XML. The network tells who asks (docs/terminals.md);
    a stranger gets result 7."""
    given = {name: value[:_MOST] for name, value in request.query_params.items()}
    asked = Asked(**{name: given.get(name, "") for name in Asked.__struct_fields__})
    try:
        told = await _osmp(terminal_desk, asked, given, client_ip(request), str(request.url.query))
    except TerminalStranger as stranger:
        return _xml(asked, Told(result=Result.FORBIDDEN, comment=stranger.text))
    except Exception:  # noqa: BLE001 - a terminal reads nothing but a result: it is told, and the cause is logged
        _log.exception("a terminal's request failed")
        return _xml(asked, Told(result=Result.TECHNICAL, comment="Repeat with the same txn_id"))
    return _xml(asked, told)


async def _osmp(desk: TerminalDesk, asked: Asked, given: dict[str, str], ip: str, raw: str) -> Told:
    who = await desk.agent_at(ip, given.get("agent"))
    match given.get("command"):
        case "check":
            return await desk.check(who, asked, ip=ip, raw=raw)
        case "pay":
            return await desk.pay(who, asked, ip=ip, raw=raw)
    return Told(result=Result.OTHER, comment="command: check or pay")


def _xml(asked: Asked, told: Told) -> Response[bytes]:
    fields = [("debt", _roubles(told.due)), ("name", told.name)]
    shown = "".join(
        f'<field{no} name="{name}">{_text(value)}</field{no}>'
        for no, (name, value) in enumerate(fields, start=1)
        if value is not None
    )
    lines = [
        f"<osmp_txn_id>{_text(asked.txn_id)}</osmp_txn_id>",
        f"<prv_txn>{told.payment_id}</prv_txn>" if told.payment_id else "",
        f"<sum>{_roubles(told.amount)}</sum>" if told.amount is not None else "",
        f"<result>{int(told.result)}</result>",
        f"<comment>{_text(told.comment)}</comment>" if told.comment else "",
        f"<fields>{shown}</fields>" if shown else "",
    ]
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<response>{"".join(lines)}</response>\n'
    return Response(body.encode(), media_type="application/xml; charset=utf-8")


def _text(value: str) -> str:
    """What a stranger typed may hold anything; XML 1.0 has no place for control characters."""
    return escape("".join(one for one in value if one.isprintable()))


def _roubles(amount: Money | None) -> str | None:
    return None if amount is None else f"{amount.kopecks // 100}.{amount.kopecks % 100:02d}"


def _raw(request: Request[Any, Any, Any], data: msgspec.Struct) -> str:
    return f"{request.method} {request.url.path} {msgspec.json.encode(data).decode()}"


def _out(request: Request[Any, Any, Any], told: Told) -> TerminalOut:
    return TerminalOut.of(told, language_of(request.headers.get("accept-language")))


@post("/terminal/checks", status_code=200, opt={"access": Scope.PAY}, responses=responses(401, 403, 422))
async def check_at_terminal(
    request: Request[Any, Any, Any],
    data: JSONBody[TerminalCheckIn],
    actor: NamedDependency[Actor],
    terminal_desk: NamedDependency[TerminalDesk],
) -> TerminalOut:
    """Ask whether an account may be paid for. Systems with an agreement only; each request is signed."""
    who = await terminal_desk.agent_of(actor.name, data.agent)
    asked = Asked(account=data.account, sum=data.sum)
    told = await terminal_desk.check(who, asked, ip=client_ip(request), raw=_raw(request, data))
    return _out(request, told)


@put(
    "/terminal/payments/{operation_id:str}",
    status_code=200,
    opt={"access": Scope.PAY},
    responses=responses(401, 403, 422),
)
async def pay_at_terminal(
    operation_id: FromPath[Text],
    request: Request[Any, Any, Any],
    data: JSONBody[TerminalPaymentIn],
    actor: NamedDependency[Actor],
    terminal_desk: NamedDependency[TerminalDesk],
) -> TerminalOut:
    """Tell of a payment that was taken. The operation is yours, and the same as in your registry: repeat with
    it after any doubt, it is posted once."""
    who = await terminal_desk.agent_of(actor.name, data.agent)
    asked = Asked(txn_id=operation_id, account=data.account, sum=data.sum, txn_date=data.paid_at)
    told = await terminal_desk.pay(who, asked, ip=client_ip(request), raw=_raw(request, data))
    return _out(request, told)


terminals = Router("/", tags=["terminals"], route_handlers=[check_at_terminal, pay_at_terminal])

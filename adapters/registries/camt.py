"""camt.053, the statement of ISO 20022 (BankToCustomerStatement): entries with totals and balances.

Lines of XML mean nothing: faults and rows are numbered by entries of the statement.
"""

from datetime import date, datetime
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from adapters.registries.reading import OPERATION_CHARS, TEXT_CHARS, Reading, in_zone
from domain.kernel.money import ZERO, Money
from domain.payments.registries.agents import Layout, PaymentAgent
from domain.payments.registries.entries import Direction, ParsedRegistry, Payer, RegistryEntry, Told
from domain.payments.registries.faults import FaultCode

_CURRENCY = "RUB"
_BATCH_SEPARATOR = "#"


def read(body: bytes, agent: PaymentAgent, layout: Layout, today: date) -> ParsedRegistry:
    reading = Reading(agent, layout, today)
    try:
        root = parse(BytesIO(body), forbid_dtd=True).getroot()
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return reading.unreadable("xml")
    statements = root.findall("{*}BkToCstmrStmt/{*}Stmt") if root is not None else []
    if not statements:
        return reading.unreadable("camt.053")
    entry_no = 0
    for statement in statements:
        _check_account(reading, statement)
        for entry in statement.findall("{*}Ntry"):
            entry_no += 1
            if reading.is_full():
                return reading.parsed(Told())
            _entry(reading, entry_no, entry)
    return reading.parsed(_told(reading, statements[0]) if len(statements) == 1 else Told())


def _check_account(reading: Reading, statement: Element) -> None:
    ours = reading.agent.bank_account
    found = _text(statement, "Acct/Id/IBAN") or _text(statement, "Acct/Id/Othr/Id")
    if ours and found != ours:
        reading.fault(0, "Acct", FaultCode.OTHER_ACCOUNT, found)


def _entry(reading: Reading, entry_no: int, entry: Element) -> None:
    """One entry, or the payments that the bank has gathered into it: together they are its sum."""
    if _text(entry, "Sts/Cd") not in {"", "BOOK"} or _text(entry, "Sts") not in {"", "BOOK"}:
        return
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    whole = _amount(reading, entry_no, entry)
    if len(details) < 2:
        part = _row(reading, entry_no, entry, details[0] if details else entry, whole, 0)
        if part:
            reading.entries.append(part)
        return
    sums = [_amount(reading, entry_no, _sum_of(one)) for one in details]
    if whole is not None and Money(sum((one or ZERO).kopecks for one in sums)) != whole:
        reading.fault(entry_no, "Amt", FaultCode.SUM_DIFFERS, whole)
    for place, (one, amount) in enumerate(zip(details, sums, strict=True), start=1):
        if part := _row(reading, entry_no, entry, one, amount, place):
            reading.entries.append(part)


def _sum_of(details: Element) -> Element:
    """Whichever of its places holds the sum."""
    found = details.find("{*}AmtDtls/{*}TxAmt")
    return details if found is None else found


def _row(
    reading: Reading, entry_no: int, entry: Element, details: Element, amount: Money | None, place: int
) -> RegistryEntry | None:
    before = reading.faults_count
    is_in = _text(entry, "CdtDbtInd") != "DBIT"
    paid_at = _moment(reading, entry_no, entry)
    named = (_text(details, f"Refs/{one}") for one in ("AcctSvcrRef", "TxId", "EndToEndId", "InstrId"))
    own = _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")
    own = f"{own}{_BATCH_SEPARATOR}{place}" if own and place else own
    operation = own or next((one for one in named if one and one != "NOTPROVIDED"), "")
    operation = reading.needed(entry_no, "AcctSvcrRef", operation, OPERATION_CHARS)
    purpose = " ".join(one.text or "" for one in details.findall("{*}RmtInf/{*}Ustrd"))[:TEXT_CHARS]
    if reading.faults_count > before or paid_at is None or amount is None:
        return None
    return RegistryEntry(
        line_no=entry_no,
        operation_id=operation,
        direction=Direction.IN if is_in else Direction.OUT,
        paid_at=paid_at,
        amount=amount,
        account_texts=reading.accounts_in(purpose),
        reference=_text(details, "Refs/EndToEndId")[:TEXT_CHARS],
        purpose=purpose,
        payer=_payer(details, "Dbtr" if is_in else "Cdtr"),
    )


def _payer(details: Element, side: str) -> Payer:
    party = f"RltdPties/{side}"
    ids = ("/Id/OrgId/Othr/Id", "/Id/PrvtId/Othr/Id", "/Pty/Id/OrgId/Othr/Id", "/Pty/Id/PrvtId/Othr/Id")
    account = f"RltdPties/{side}Acct/Id"
    return Payer(
        name=(_text(details, f"{party}/Nm") or _text(details, f"{party}/Pty/Nm"))[:TEXT_CHARS],
        inn=next((found for one in ids if (found := _text(details, party + one))), "")[:12],
        bank_account=(_text(details, f"{account}/Othr/Id") or _text(details, f"{account}/IBAN"))[:34],
    )


def _moment(reading: Reading, entry_no: int, entry: Element) -> datetime | None:
    """The value date where the bank tells it, else the booking."""
    for field in ("ValDt", "BookgDt"):
        if day := _text(entry, f"{field}/Dt"):
            return reading.moment(entry_no, field, day[:10], "%Y-%m-%d", has_time=False)
        if text := _text(entry, f"{field}/DtTm"):
            found = reading.moment(entry_no, field, text[:19], "%Y-%m-%dT%H:%M:%S", has_time=True)
            return found and in_zone(datetime.fromisoformat(text), reading.zone)
    reading.fault(entry_no, "BookgDt", FaultCode.VALUE_MISSING)
    return None


def _amount(reading: Reading, entry_no: int, parent: Element) -> Money | None:
    found = parent.find("{*}Amt")
    if found is None:
        reading.fault(entry_no, "Amt", FaultCode.VALUE_MISSING)
        return None
    if found.get("Ccy") not in {_CURRENCY, None}:
        reading.fault(entry_no, "Amt", FaultCode.OTHER_CURRENCY, found.get("Ccy"))
    return reading.above_zero(entry_no, "Amt", found.text or "")


def _told(reading: Reading, statement: Element) -> Told:
    summary = "TxsSummry"
    count = _text(statement, f"{summary}/TtlCdtNtries/NbOfNtries")
    has_batches = any(len(one.findall("{*}NtryDtls/{*}TxDtls")) > 1 for one in statement.findall("{*}Ntry"))
    return Told(
        rows_in=int(count) if count.isascii() and count.isdigit() and not has_batches else None,
        amount=_sum(reading, statement, f"{summary}/TtlCdtNtries/Sum"),
        out=_sum(reading, statement, f"{summary}/TtlDbtNtries/Sum"),
        opening=_balance(reading, statement, "OPBD"),
        closing=_balance(reading, statement, "CLBD"),
    )


def _sum(reading: Reading, statement: Element, path: str) -> Money | None:
    text = _text(statement, path)
    return reading.money(0, path, text) if text else None


def _balance(reading: Reading, statement: Element, code: str) -> Money | None:
    for one in statement.findall("{*}Bal"):
        if _text(one, "Tp/CdOrPrtry/Cd") == code:
            amount = reading.money(0, code, _text(one, "Amt"))
            return -amount if amount is not None and _text(one, "CdtDbtInd") == "DBIT" else amount
    return None


def _text(parent: Element, path: str) -> str:
    found = parent.find("/".join(f"{{*}}{step}" for step in path.split("/")))
    return (found.text or "").strip() if found is not None else ""

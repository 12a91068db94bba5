"""Registries as the demo's banks would send them: one good file of each, and one with seven kinds of faults
as it first came and as it was sent again."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from domain.accounts.accounts import AccountKind
from domain.payments.registries.agents import PaymentAgent
from infra.demo.agents import BANK_1C, BANK_CAMT, RAIFFEISEN, SBER, TOCHKA
from infra.demo.households import Household, household
from infra.demo.registry_files import (
    CRLF,
    Paid,
    camt,
    one_c,
    raiffeisen,
    roubles,
    sberbank,
    sberbank_line,
    tochka,
)

ROWS = 12
UNKNOWN_ACCOUNT = "7299999999"
FAULTY, CORRECTED = "sber-7-faults.txt", "sber-corrected.txt"
CREDITS = "bank-1c-next-day.txt"
"""The statement of the day after: agents have passed on what they collected, less what they keep."""


def write_registries(out: Path, *, accounts: int, seed: int, day: date) -> Mapping[str, str]:
    """The files in `out`, each with the code of its agent. `day` is when all of it was paid."""
    out.mkdir(parents=True, exist_ok=True)
    homes = _Homes(accounts, seed, day)
    sber, dos = homes.paid("S", AccountKind.UNIFIED), homes.paid("D", AccountKind.UNIFIED)
    by_sbp, online = homes.paid("R", AccountKind.UNIFIED), homes.paid("T", AccountKind.UNIFIED)
    rows, faulty, corrected = _with_faults(homes)
    passed_on = [
        _credit(SBER, "4815", sber, day),
        _credit(SBER, "4814", dos, day),
        _credit(SBER, "4816", rows, day),
        _credit(RAIFFEISEN, "77", by_sbp, day),
        _credit(TOCHKA, "5", online, day),
    ]
    files = {
        "sber.txt": (SBER.code, sberbank(sber)),
        "sber-cp866.txt": (SBER.code, sberbank(dos, "cp866", order="4814")),
        "raif.csv": (RAIFFEISEN.code, raiffeisen(by_sbp)),
        "tochka.csv": (TOCHKA.code, tochka(online)),
        "bank-1c.txt": (BANK_1C.code, one_c(homes.paid("", AccountKind.CONTRACT))),
        "bank-camt.xml": (BANK_CAMT.code, camt(homes.paid("C", AccountKind.CONTRACT))),
        FAULTY: (SBER.code, faulty),
        CORRECTED: (SBER.code, corrected),
        CREDITS: (BANK_1C.code, one_c(passed_on)),
    }
    for name, (_, body) in files.items():
        (out / name).write_bytes(body)
    return {name: agent for name, (agent, _) in files.items()}


class _Homes:
    """Payers among the demo's accounts, the same for the same seed and day."""

    def __init__(self, accounts: int, seed: int, day: date) -> None:
        self._accounts, self._seed, self._day = accounts, seed, day
        self._random = Random(f"{seed}:{day}")  # noqa: S311 - invented data must be the same each time

    def paid(self, letter: str, kind: AccountKind) -> list[Paid]:
        return [self.one(letter, no, self.home(kind)) for no in range(1, ROWS + 1)]

    def home(self, kind: AccountKind) -> Household:
        while True:
            found = household(self._random.randint(1, self._accounts), self._seed)
            if found.kind is kind:
                return found

    def one(self, letter: str, no: int, home: Household) -> Paid:
        at = datetime.combine(self._day, time(8)) + timedelta(minutes=self._random.randint(0, 720))
        kopecks = self._random.randint(200_00, 9_000_00)
        return Paid(
            at=at,
            operation=f"{letter}{self._day:%y%m%d}{no:010d}",
            account=home.number,
            kopecks=kopecks,
            fee=kopecks * 15 // 1000 if letter in {"S", "D", "F"} else 0,
            name=home.holder,
            address=home.address,
            period="1026" if letter in {"S", "D", "F"} else "",
        )


def _credit(agent: PaymentAgent, order: str, rows: Sequence[Paid], day: date) -> Paid:
    """What a registry comes to: an operation that stands in it twice was paid once."""
    once = {one.operation: one.kopecks - one.fee for one in rows}
    return Paid(
        at=datetime.combine(day + timedelta(days=1), time(9)),
        operation=order,
        account="",
        kopecks=sum(once.values()),
        name=agent.name,
        inn=agent.inn,
        purpose=f"Перечисление по реестру за {day:%d.%m.%Y}, платёжное поручение {order}. Без НДС",
    )


def _with_faults(homes: _Homes) -> tuple[list[Paid], bytes, bytes]:
    """Faults of the whole file: a date, a sum below zero, the count and the sum in the trailer. Corrected, it
    still has an unknown account, a mistyped one (its last digit but two is left out) and an operation twice.
    """
    rows = homes.paid("F", AccountKind.UNIFIED)
    rows[4] = rows[4]._replace(account=UNKNOWN_ACCOUNT, name="Неизвестнова Анна Львовна", address="")
    rows[6] = rows[6]._replace(account=rows[6].account[:-3] + rows[6].account[-2:], address="")
    rows[9] = rows[8]
    corrected = sberbank(rows, order="4816")
    lines = [sberbank_line(one) for one in rows]
    lines[1] = lines[1].replace(f"{rows[1].at:%d-%m-%Y}", "31-02-2026", 1)
    lines[2] = lines[2].replace(f";{roubles(rows[2].kopecks)};", f";-{roubles(rows[2].kopecks)};", 1)
    total = sum(one.kopecks for one in rows) + 100
    lines.append(f"={len(rows) + 1};{roubles(total)};;;4816;{rows[0].at:%d-%m-%Y}")
    return rows, "".join(line + CRLF for line in lines).encode("cp1251"), corrected

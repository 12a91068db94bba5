"""How much is measured."""

from pathlib import Path
from typing import NamedTuple

import msgspec

from infra.bench.results import Result


class Plan(NamedTuple):
    """Sizes of one run. A round is one turn of the work and of its limit."""

    few_accounts: int
    many_accounts: int
    rounds: int
    payments_each: int  # settled by one process in one half of a round
    http_seconds: float  # of one half of a round
    flat_rounds: int
    flat_each: int  # worked on in one half of such a round
    import_accounts: int
    import_rounds: int
    workbook_meters: int
    workbook_rounds: int
    bills_each: int  # of one half of a round
    bill_rounds: int
    few_cases: int
    many_cases: int  # CASES_OF_ACCOUNT of an account


QUICK = Plan(
    few_accounts=400,
    many_accounts=1_000,
    rounds=2,
    payments_each=10,
    http_seconds=0.3,
    flat_rounds=10,
    flat_each=2,
    import_accounts=100,
    import_rounds=1,
    workbook_meters=100,
    workbook_rounds=1,
    bills_each=4,
    bill_rounds=1,
    few_cases=200,
    many_cases=2_000,
)
WHOLE = Plan(
    few_accounts=10_000,
    many_accounts=1_000_000,
    rounds=10,
    payments_each=100,
    http_seconds=2,
    flat_rounds=150,
    flat_each=10,
    import_accounts=24_000,
    import_rounds=3,
    workbook_meters=10_000,
    workbook_rounds=3,
    bills_each=200,
    bill_rounds=3,
    few_cases=1_000,
    many_cases=1_000_000,
)


def write(results: list[Result], path: Path) -> None:
    """All of them, as a JSON list, replaced at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
    unfinished.replace(path)

"""The statement names the application behind a movement, in each language and for every cause."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from api.statement_words import StatementWords, Telling
from domain.accounts.ledger import CauseKind
from domain.accounts.statements import Movement, StatementLine
from domain.kernel.money import ZERO


def line(cause: CauseKind, movement: Movement = Movement.CREDITED) -> StatementLine:
    return StatementLine(
        entry_no=1,
        movement=movement,
        supplier_account_id=None,
        figure=None,
        amount=ZERO,
        change=ZERO,
        balance=ZERO,
        charge_id=None,
        service_code=None,
        period=None,
        cause_kind=cause,
        cause_id=UUID(int=1),
        value_date=date(2026, 11, 23),
        posted_at=datetime(2026, 11, 23, tzinfo=UTC),
        case_number="К-2026-000137",
    )


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("cause", CauseKind)
def test_the_application_is_named(cause: CauseKind, language: str):
    telling = Telling(language=language, suppliers={}, services={})
    assert "К-2026-000137" in StatementWords.of(line(cause), telling).cause
    assert "К-2026-000137" in StatementWords.of(line(cause, Movement.OFFSET_HERE), telling).cause

"""The statement taken along: called by the account's number, with sums that a spreadsheet adds up."""

import csv
from io import BytesIO, StringIO
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook

from tests.kabinets import TO_PAY
from tests.offices import OfficeDesk


@pytest.mark.parametrize("ending", ["csv", "xlsx", "pdf"])
async def test_the_file_is_called_by_the_account(kabinet, ending):
    home = await kabinet.household()
    visitor = OfficeDesk(kabinet, kabinet.http.headers.pop("Authorization").removeprefix("Bearer "))
    visitor.headers["Accept-Language"] = "ru"
    answer = await visitor.get(f"/accounts/{home.account_id}/statement.{ending}")
    said = unquote(answer.headers["content-disposition"])
    assert f'filename="statement-{home.number}.{ending}"' in said
    assert said.endswith(f"Выписка {home.number}.{ending}")
    if ending == "csv":
        rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        assert sum(float(row[8].replace(",", ".")) for row in rows[1:]) == TO_PAY / 100
    elif ending == "xlsx":
        rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
        assert len(rows) == 6
    else:
        assert answer.content.startswith(b"%PDF")

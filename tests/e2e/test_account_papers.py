"""Papers of a contract over HTTP: they say what the ledger says, and say it again byte for byte."""

from urllib.parse import unquote

import pytest_asyncio

from api.downloads import XLSX
from domain.bills.account_papers import PaperKind
from domain.kernel.access import OURSELVES, Access, Scope
from tests.registries import loaded, paid

NAMES = {"invoice": "Счёт", "act": "Акт", "reconciliation": "Акт сверки"}
SPAN = {"from": "2026-11", "until": "2026-11"}


@pytest_asyncio.fixture
async def contract(kabinet):
    home = await kabinet.household(services=("electricity", "heat"))
    await kabinet.container.pool.execute(
        "UPDATE accounts SET kind = 'contract', holder_name = 'ООО «Ромашка»' WHERE account_id = $1",
        home.account_id,
    )
    await loaded(kabinet, [paid(1, home.number, 100_000), paid(2, home.number, 50_000)])
    return home


def told(answer) -> tuple[str, str]:
    """The media type of a file and its name (RFC 6266)."""
    plain, full = answer.headers["content-disposition"].split("; ")[1:]
    assert plain.isascii() and plain.startswith('filename="')
    return answer.headers["content-type"], unquote(full.removeprefix("filename*=UTF-8''"))


async def test_each_paper_is_the_same_when_asked_again_after_the_month(kabinet, contract) -> None:
    kabinet.clock.later(days=10)
    await kabinet.sign_in_again()
    before = {}
    for kind, name in NAMES.items():
        url = f"/api/v1/accounts/{contract.account_id}/papers/{kind}"
        answer = await kabinet.http.get(url, params=SPAN)
        assert answer.status_code == 200, answer.text
        assert answer.content.startswith(b"%PDF")
        assert told(answer) == ("application/pdf", f"{name} {contract.number} 2026-11.pdf")
        before[url] = answer.content
        book = await kabinet.http.get(url, params=SPAN | {"format": "xlsx"})
        assert book.content.startswith(b"PK")
        assert told(book) == (XLSX, f"{name} {contract.number} 2026-11.xlsx")
    assert len(set(before.values())) == 3
    await loaded(kabinet, [paid(3, contract.number, 7_000)])
    for url, body in before.items():
        assert (await kabinet.http.get(url, params=SPAN)).content == body


async def test_the_reconciliation_ends_with_what_is_owed(kabinet, contract) -> None:
    url = f"/api/v1/accounts/{contract.account_id}"
    account = (await kabinet.http.get(url)).json()
    papers = kabinet.container.of_bills.account_papers
    access = Access(actor=OURSELVES, account_id=contract.account_id, scope=Scope.SEE, at=kabinet.clock())
    paper = await papers.paper(access, PaperKind.RECONCILIATION, "2026-11", "2026-11")
    owed = {side.number: side.closing.kopecks for side in paper.sides}
    assert sum(owed.values()) == account["balance"]["to_pay"]["kopecks"]
    assert sum(side.credit.kopecks for side in paper.sides) == 150_000


async def test_months_and_accounts_that_have_no_paper_are_refused(kabinet, contract) -> None:
    url = f"/api/v1/accounts/{contract.account_id}/papers/act"
    wrong = await kabinet.http.get(url, params={"from": "2026-11", "until": "2026-10"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "span-wrong")
    await kabinet.container.pool.execute("UPDATE accounts SET kind = 'unified'")
    refused = await kabinet.http.get(url, params=SPAN)
    assert (refused.status_code, refused.json()["code"]) == (409, "papers-of-contracts-only")


async def test_the_cabinet_of_a_firm_gives_them_without_script(kabinet, contract) -> None:
    token = kabinet.http.headers["Authorization"].removeprefix("Bearer ")
    headers = {"Cookie": f"kabinet={token}", "Accept-Language": "ru"}
    root = f"/accounts/{contract.account_id}"
    link = f'href="{root}/papers"'
    assert link in (await kabinet.http.get(f"{root}/bills", headers=headers)).text
    shown = await kabinet.http.get(f"{root}/papers", headers=headers)
    assert f'action="{root}/papers/file"' in shown.text
    wanted = SPAN | {"paper": "act", "format": "xlsx"}
    taken = await kabinet.http.get(f"{root}/papers/file", params=wanted, headers=headers)
    assert told(taken) == (XLSX, f"Акт {contract.number} 2026-11.xlsx")
    wrong = await kabinet.http.get(
        f"{root}/papers/file", params=wanted | {"until": "2026-10"}, headers=headers
    )
    assert (wrong.status_code, "не больше 36" in wrong.text) == (422, True)
    await kabinet.container.pool.execute("UPDATE accounts SET kind = 'unified'")
    assert link not in (await kabinet.http.get(f"{root}/bills", headers=headers)).text
    assert (await kabinet.http.get(f"{root}/papers", headers=headers)).status_code == 409

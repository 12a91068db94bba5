"""What people send with readings and applications goes when its time is over, and no sooner."""

from base64 import b64encode
from datetime import timedelta

import pytest
import pytest_asyncio

from domain.kernel.stored_files import SweepFiles
from domain.mail.letters_in import LetterGone, LetterId, PruneLetters
from domain.people.retention import DeleteOutdated
from domain.people.staff import Role
from infra.clock import new_id
from tests.actors import customer_token, staff_token
from tests.filled_workbooks import answers, filled
from tests.households import lay_household
from tests.kept_letters import lay_letter
from tests.readings import lay_meter

PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest_asyncio.fixture
async def home(kabinet, pool):
    return await lay_household(pool, user_id=await kabinet.sign_in(), services=["electricity"])


class Account:
    """One's account over HTTP; whoever comes back later signs in again."""

    def __init__(self, kabinet, home):
        self.kabinet, self.home = kabinet, home

    async def ask(self, method, path, *, status=(200, 201, 202), headers=None, **more):
        url = f"/api/v1/accounts/{self.home.account_id}/{path}"
        answer = await self.kabinet.http.request(method, url, headers=headers, **more)
        assert answer.status_code in status, answer.text
        return answer

    async def later(self, **much):
        """Time passes, and what is past its term goes."""
        self.kabinet.clock.later(**much)
        token = await customer_token(self.kabinet.container, self.home.user_id)
        self.kabinet.http.headers["Authorization"] = f"Bearer {token}"
        await self.kabinet.container.personal_data.retention_service.delete_outdated(DeleteOutdated())

    async def send_file(self, body):
        sent = await self.ask(
            "PUT", f"readings/files/{new_id()}", content=body, params={"file_name": "Показания.xlsx"}
        )
        await self.kabinet.work()
        return sent.json()["id"]


@pytest_asyncio.fixture
async def account(kabinet, home):
    return Account(kabinet, home)


async def test_a_workbook_goes_and_its_verdicts_stay(account, home, pool):
    await lay_meter(pool, home)
    body = filled((await account.ask("GET", "readings/template.xlsx")).content, {0: 4100})
    file_id = await account.send_file(body)
    path = f"readings/files/{file_id}"
    judged = (await account.ask("GET", path)).json()
    await account.later(days=179)
    assert answers((await account.ask("GET", f"{path}/reply.xlsx")).content)[0][0] == "Принято"
    await account.later(days=2)
    assert await pool.fetchval("SELECT count(*) FROM reading_files WHERE body IS NOT NULL") == 0
    assert (await account.ask("GET", path)).json() == judged
    gone = await account.ask("GET", f"{path}/reply.xlsx", status=(409,))
    assert gone.json()["code"] == "reading-file-gone"

    # The same bytes again are the file that is known, and it may be marked once more.
    assert await account.send_file(body) == file_id
    assert answers((await account.ask("GET", f"{path}/reply.xlsx")).content)[0][0] == "Принято"


async def test_a_workbook_that_waits_keeps_its_bytes(account, home, pool):
    await lay_meter(pool, home)
    body = filled((await account.ask("GET", "readings/template.xlsx")).content, {0: 3000})
    file_id = await account.send_file(body)
    await account.later(days=181)
    # Refused half a year ago, sent again today: judged anew, by the bytes that came with it.
    again = await account.ask("PUT", f"readings/files/{new_id()}", content=body, params={"file_name": "x"})
    assert (again.json()["id"], again.json()["state"]) == (file_id, "received")
    await account.later(minutes=1)
    assert await pool.fetchval("SELECT count(*) FROM reading_files WHERE body IS NOT NULL") == 1
    await account.kabinet.work()
    assert (await account.ask("GET", f"readings/files/{file_id}")).json()["state"] == "judged"


async def test_a_photo_waits_for_the_operators_word_and_half_a_year_more(account, kabinet, home, pool):
    meter = await lay_meter(pool, home)
    path = f"meters/{meter}/readings/{new_id()}"
    body = {"taken_on": "2026-11-22", "values": [{"value": "3000"}]}
    assert (await account.ask("PUT", path, json=body)).json()["state"] == "refused"
    photo = {"comment": "Так на счётчике", "photo": b64encode(PHOTO).decode()}
    await account.ask("PUT", f"{path}/insistence", json=photo)
    await account.later(days=200)
    assert (await account.ask("GET", f"{path}/insistence/photo")).content == PHOTO
    operator = {"Authorization": f"Bearer {await staff_token(kabinet.container, Role.OPERATOR)}"}
    word = {"verdict": "refuse", "reason": "На фото другой счётчик"}
    await account.ask("PUT", f"{path}/decision", json=word, headers=operator)
    await account.later(days=179)
    assert (await account.ask("GET", f"{path}/insistence/photo")).content == PHOTO
    await account.later(days=2)
    gone = await account.ask("GET", f"{path}/insistence/photo", status=(404,))
    assert gone.json()["code"] == "file-not-found"
    kept = (await account.ask("GET", path)).json()["insistence"]
    assert (kept["comment"], kept["has_photo"]) == ("Так на счётчике", False)
    folder = kabinet.container.settings.data / "files" / str(home.account_id)
    assert len(list(folder.iterdir())) == 1
    await kabinet.container.of_readings.file_sweeping.sweep(SweepFiles())
    assert list(folder.iterdir()) == []


async def test_a_draft_goes_ninety_days_after_its_last_change(account, pool):
    path = f"drafts/{new_id()}"
    for day in range(2):
        await account.ask("PUT", path, json={"form": {"kind": "refund", "day": day}})
        await account.later(days=60)
    assert (await account.ask("GET", path)).json()["content"]["form"]["day"] == 1
    await account.later(days=31)
    await account.ask("GET", path, status=(404,))
    assert await pool.fetchval("SELECT count(*) FROM case_drafts") == 0


async def test_letters_lose_their_bytes_and_keep_their_fate(kabinet, pool):
    old = await lay_letter(pool, "ivanov@example.test", kabinet.clock() - timedelta(days=181))
    young = await lay_letter(pool, "ivanov@example.test", kabinet.clock() - timedelta(days=179))
    await kabinet.container.mail_in.sender_service.prune(PruneLetters())
    async with kabinet.container.transaction() as store:
        with pytest.raises(LetterGone):
            await store.letters_in.raw(LetterId(old))
        assert await store.letters_in.raw(LetterId(young)) == b"raw"
        assert (await store.letters_in.by_id(LetterId(old))).sender == "ivanov@example.test"

"""Files of cases over HTTP: limits told before, pieces, checks, the timeline, who sees what, sweeping."""

import asyncio
from hashlib import sha256

import pytest_asyncio

from adapters.postgres.pool import create_pool
from domain.cases.attachments import SweepAttachments
from domain.people.staff import Role
from infra.clock import new_id
from tests import kabinets, scanner
from tests.attachments import Laying, archive, pdf
from tests.cases import QUESTION, Desk
from tests.scanner import EICAR


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kabinet(database, tmp_path_factory):
    async with (
        await create_pool(database, min_size=1, max_size=8) as pool,
        kabinets.opened(pool, tmp_path_factory.mktemp("attachments")) as kabinet,
    ):
        yield kabinet


@pytest_asyncio.fixture
async def desk(kabinet, pool):
    home = await kabinet.household(email="ivanov@example.test")
    return Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})


@pytest_asyncio.fixture
async def laying(desk):
    return Laying(desk, (await desk.file(QUESTION)).json()["id"])


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def kept_files(desk):
    """Names under the account's folder."""
    folder = desk.kabinet.container.attaching.long_files.root / str(desk.home.account_id)
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


async def steps(laying):
    case = (await laying.desk.get(f"enquiries/{laying.case_id}")).json()
    return [(step["verb"], step["public_note"]) for step in case["steps"]]


async def sweep(desk):
    await desk.kabinet.container.attaching.attachment_service.sweep(SweepAttachments())


async def test_limits_are_told_before_anything_is_sent(laying):
    told = await laying.listed()
    assert told["items"] == []
    limits = told["limits"]
    assert (limits["files"], limits["bytes"], limits["piece_bytes"]) == (20, 100 * 1024**2, 8 * 1024**2)
    assert limits["kinds"] == ["pdf", "jpg", "png", "heic", "docx", "xlsx"]
    await laying.announce(pdf(5000))
    limits = (await laying.listed())["limits"]
    assert (limits["left_files"], limits["left_bytes"]) == (19, 100 * 1024**2 - 5000)


async def test_a_file_is_laid_told_and_downloaded_as_it_was(desk, laying):
    content = pdf()
    attachment_id = await laying.lay(content, name="Справка о доходах.pdf")
    kept = await laying.state(attachment_id)
    assert (kept["state"], kept["kind"], kept["received_bytes"]) == ("kept", "pdf", 3000)
    assert (kept["malware_check"], kept["malware_check_words"]) == (
        "not-checked",
        "На вредоносные программы не проверен",
    )
    assert await steps(laying) == [("submit", ""), ("register", ""), ("attach", "Справка о доходах.pdf")]
    answer = await desk.get(f"{laying.path(attachment_id)}/content")
    assert answer.content == content
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('attachment; filename="file.pdf"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert kept_files(desk) == [sha256(content).hexdigest()]


async def test_a_broken_line_goes_on_where_it_broke(laying):
    content = pdf(5000)
    attachment_id = (await laying.announce(content)).json()["id"]
    send = [(content[first : first + 2000], first) for first in (0, 2000, 4000)]
    refused(await laying.send(attachment_id, send[1][0], 2000, 5000), 409, "attachment-gap")
    for piece, first in (send[0], send[1], send[0], send[1]):  # repeated after a doubt
        assert (await laying.send(attachment_id, piece, first, 5000)).json()["state"] == "uploading"
    assert (await laying.state(attachment_id))["received_bytes"] == 4000
    done = await laying.send(attachment_id, send[2][0], 4000, 5000)
    assert (done.json()["state"], done.json()["received_bytes"]) == ("checking", 5000)
    assert (await laying.send(attachment_id, send[2][0], 4000, 5000)).json()["state"] == "checking"
    refused(await laying.desk.get(f"{laying.path(attachment_id)}/content"), 409, "attachment-not-ready")
    await laying.desk.kabinet.work()
    assert (await laying.state(attachment_id))["state"] == "kept"
    assert (await laying.send(attachment_id, send[2][0], 4000, 5000)).json()["state"] == "kept"
    assert [verb for verb, _ in await steps(laying)] == ["submit", "register", "attach"]


async def test_a_piece_that_does_not_fit_is_refused(laying):
    attachment_id = (await laying.announce(pdf(5000))).json()["id"]
    url = laying.desk._url(f"{laying.path(attachment_id)}/content")
    for wrong in ("0-9/5000", "4999-7998/5000", "*/5000", "0-2999", "0-2999/3001", "2999-0/5000"):
        headers = laying.desk.owner | {"Content-Range": f"bytes {wrong}"}
        answer = await laying.desk.kabinet.http.put(url, content=pdf(), headers=headers)
        refused(answer, 422, "attachment-piece-wrong")


async def test_a_kind_is_told_by_bytes_and_at_the_first_piece(laying):
    page = b"<!DOCTYPE html><script>alert(1)</script>"
    attachment_id = (await laying.announce(page, name="photo.jpg")).json()["id"]
    refused(await laying.send(attachment_id, page), 422, "attachment-kind-unknown")
    jar = archive("META-INF/MANIFEST.MF", "A.class")
    lost = await laying.state(await laying.lay(jar, name="a.docx"))
    assert (lost["state"], lost["reason"]) == ("refused", "unknown-kind")
    macros = archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")
    assert (await laying.state(await laying.lay(macros)))["state"] == "refused"
    sheet = archive("[Content_Types].xml", "xl/workbook.xml")
    sheet_id = await laying.lay(sheet, name="расчёт.exe")
    assert (await laying.state(sheet_id))["kind"] == "xlsx"
    answer = await laying.desk.get(f"{laying.path(sheet_id)}/content")
    assert answer.headers["content-disposition"].endswith(".exe.xlsx")
    assert kept_files(laying.desk) == [sha256(sheet).hexdigest()]


async def test_what_is_not_what_was_announced_is_refused_and_counts_no_more(laying):
    content = pdf()
    attachment_id = (await laying.announce(content)).json()["id"]
    await laying.send(attachment_id, content.replace(b"endobj", b"ENDOBJ"))
    await laying.desk.kabinet.work()
    lost = await laying.state(attachment_id)
    assert (lost["state"], lost["reason"]) == ("refused", "different")
    assert lost["reason_words"].startswith("Пришло не то")
    assert kept_files(laying.desk) == []
    assert (await laying.listed())["limits"]["left_files"] == 20


async def test_an_announcement_repeated_is_one_and_another_is_told_apart(laying):
    made, content = new_id(), pdf()
    answers = [await laying.announce(content, made) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    refused(await laying.announce(content, made, name="b.pdf"), 409, "attachment-id-taken")
    refused(await laying.announce(content, paper="passport"), 422, "attachment-paper-unknown")
    for name in ("../x.pdf", "a\nb.pdf", "a\u202efdp.exe", ""):
        refused(await laying.announce(content, name=name), 422, "invalid")


async def test_limits_hold_when_many_come_at_once(laying):
    answers = await asyncio.gather(*(laying.announce(pdf(3000 + n)) for n in range(28)))
    assert sorted(answer.status_code for answer in answers) == [201] * 20 + [409] * 8
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {
        "attachments-too-many"
    }
    assert (await laying.listed())["limits"]["left_files"] == 0


async def test_together_they_are_not_longer_than_allowed(laying):
    big = {"size_bytes": 30 * 1024**2}
    answers = await asyncio.gather(*(laying.announce(pdf(), **big) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 3
    refused(await laying.announce(pdf(), size_bytes=10 * 1024**2 + 1), 409, "attachments-too-large")
    assert (await laying.announce(pdf(), size_bytes=10 * 1024**2)).status_code == 201


async def test_files_of_a_draft_go_with_it_and_are_their_authors_till_then(desk):
    laying = Laying(desk, new_id())
    mine = await laying.lay(pdf(), name="один.pdf")
    other = await laying.announce(pdf(4000), name="два.pdf")
    operator = await desk.staff(Role.OPERATOR)
    assert (await laying.listed(operator))["items"] == []
    refused(await desk.get(f"{laying.path(mine)}/content", operator), 404, "attachment-not-found")
    refused(await laying.announce(pdf(), who=operator), 409, "case-id-taken")
    await desk.file(QUESTION, case_id=laying.case_id)
    assert await steps(laying) == [("submit", ""), ("register", ""), ("attach", "один.pdf")]
    await laying.send(other.json()["id"], pdf(4000))
    await desk.kabinet.work()
    assert (await steps(laying))[-1] == ("attach", "два.pdf")
    assert (await desk.get(f"{laying.path(mine)}/content", operator)).content == pdf()
    views = await desk.kabinet.container.pool.fetch("SELECT * FROM account_views")
    assert any("attachments/{attachment_id}/content" in str(dict(view)) for view in views)
    refused(await laying.delete(mine), 409, "attachment-laid")


async def test_filing_while_a_file_is_checked_tells_of_it_once(desk):
    for _ in range(5):
        laying = Laying(desk, new_id())
        attachment_id = (await laying.announce(pdf())).json()["id"]
        await laying.send(attachment_id, pdf())
        await asyncio.gather(desk.file(QUESTION, case_id=laying.case_id), desk.kabinet.work())
        await desk.kabinet.work()
        assert [verb for verb, _ in await steps(laying)].count("attach") == 1


async def test_nobody_else_sees_or_sends(desk, laying):
    attachment_id = await laying.lay(pdf())
    stranger = await desk.stranger()
    refused(await desk.get(laying.path(), stranger), 404, "account-not-found")
    refused(await desk.get(f"{laying.path(attachment_id)}/content", stranger), 404, "attachment-not-found")
    refused(await laying.announce(pdf(), who=stranger), 404, "account-not-found")
    elsewhere = Laying(desk, (await desk.file(QUESTION)).json()["id"])
    refused(await desk.get(elsewhere.path(attachment_id)), 404, "attachment-not-found")


async def test_taken_back_before_it_is_laid(desk):
    laying = Laying(desk, new_id())
    one, same = await laying.lay(pdf()), await laying.lay(pdf())
    assert (await laying.delete(one)).status_code == 204
    assert (await laying.delete(one)).status_code == 204
    assert kept_files(desk) == [sha256(pdf()).hexdigest()]  # the other one has the same content
    assert (await laying.delete(same)).status_code == 204
    assert kept_files(desk) == []
    assert (await laying.listed())["limits"]["left_files"] == 20


async def test_what_never_came_to_a_case_is_swept(desk, laying):
    laid = await laying.lay(pdf())
    draft, forgotten = Laying(desk, new_id()), Laying(desk, new_id())
    await desk.put(f"drafts/{draft.case_id}", {"question": "Поч"})
    of_draft = await draft.lay(pdf(4000))
    await forgotten.lay(pdf(5000))
    half = (await laying.announce(pdf(6000))).json()["id"]
    await laying.send(half, pdf(3000), 0, 6000)
    await sweep(desk)
    assert len(kept_files(desk)) == 4
    await desk.later(days=31)
    await sweep(desk)
    assert kept_files(desk) == sorted(sha256(content).hexdigest() for content in (pdf(), pdf(4000)))
    assert [one["id"] for one in (await laying.listed())["items"]] == [laid]
    assert [one["id"] for one in (await draft.listed())["items"]] == [of_draft]
    assert (await forgotten.listed())["items"] == []


async def test_a_disk_that_lost_what_came_begins_anew(desk, laying):
    content = pdf(5000)
    attachment_id = (await laying.announce(content)).json()["id"]
    await laying.send(attachment_id, content[:2000], 0, 5000)
    folder = desk.kabinet.container.attaching.long_files.root / str(desk.home.account_id)
    (folder / f"part-{attachment_id}").unlink()
    refused(await laying.send(attachment_id, content[2000:], 2000, 5000), 409, "attachment-gap")
    assert (await laying.state(attachment_id))["received_bytes"] == 0
    await laying.send(attachment_id, content)
    await desk.kabinet.work()
    assert (await laying.state(attachment_id))["state"] == "kept"


async def test_malware_is_refused_and_a_scanner_that_is_away_waited_for(pool, tmp_path):
    env = {"KABINET_CLAMAV": f"unix://{tmp_path}/clamd.ctl"}
    async with kabinets.opened(pool, tmp_path, env=env) as kabinet:
        home = await kabinet.household()
        desk = Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})
        laying = Laying(desk, (await desk.file(QUESTION)).json()["id"])
        good, bad = await laying.lay(pdf()), await laying.lay(pdf(mark=EICAR))
        assert (await laying.state(good))["state"] == "checking"
        async with scanner.opened(tmp_path):
            await desk.later(minutes=2)
            await kabinet.work()
        assert (await laying.state(good))["malware_check"] == "clean"
        lost = await laying.state(bad)
        assert (lost["state"], lost["reason"], lost["malware_check"]) == ("refused", "malware", "infected")
        refused(await desk.get(f"{laying.path(bad)}/content"), 409, "attachment-not-ready")
        assert kept_files(desk) == [sha256(pdf()).hexdigest()]

"""A mailbox looked into over IMAP: kept first, marked then."""

import asyncio
import imaplib

import pytest
import pytest_asyncio

from adapters.mail.imap import KEPT, Mailbox, MailboxWatch
from tests.imap import mailbox_server
from tests.letters import letter


@pytest_asyncio.fixture
async def server():
    async with mailbox_server() as found:
        yield found


class Keeper:
    def __init__(self):
        self.kept, self.refuses = [], set()

    async def __call__(self, fetched):
        if len(self.kept) in self.refuses:
            self.refuses.discard(len(self.kept))
            raise OSError("the database is away")
        self.kept.append(fetched)


@pytest.fixture
def keeper():
    return Keeper()


@pytest.fixture
def watch(server, keeper):
    def watch(done_folder="", most_bytes=30 * 1024**2):
        mailbox = Mailbox(
            host="127.0.0.1",
            port=server.port,
            security="none",
            user="readings",
            password="secret",
            folder="INBOX",
            done_folder=done_folder,
            most_bytes=most_bytes,
        )
        return MailboxWatch(mailbox, keeper, 0.05)

    return watch


BODIES = [b"Return-Path: <buh@firma.example>\r\n" + letter(message_id=f"<{no}@m>") for no in range(3)]


@pytest.mark.parametrize("done_folder", ["", "Kept"])
async def test_letters_are_kept_and_then_marked(server, keeper, watch, done_folder):
    server.put(*BODIES)
    assert await watch(done_folder).look() == 3
    assert [one.raw for one in keeper.kept] == BODIES
    assert {one.mail_from for one in keeper.kept} == {"buh@firma.example"}
    # A process of its own finds nothing to do.
    assert await watch(done_folder).look() == 0
    if done_folder:
        assert not server.folders["INBOX"]
        assert [body for body, _ in server.folders["Kept"].values()] == BODIES
    else:
        assert all({KEPT, "\\Seen"} <= flags for _, flags in server.folders["INBOX"].values())


async def test_what_cannot_be_kept_stays_and_those_behind_it_come(server, keeper, watch):
    server.put(*BODIES)
    keeper.refuses = {1}
    assert await watch("Kept").look() == 2
    assert [body for body, _ in server.folders["INBOX"].values()] == [BODIES[1]]
    assert await watch("Kept").look() == 1
    assert sorted(one.raw for one in keeper.kept) == sorted(BODIES)


async def test_a_server_that_hangs_up_before_the_mark_brings_the_letter_again(server, keeper, watch):
    server.put(BODIES[0])
    server.hangs_up_at = "UID STORE"
    with pytest.raises(imaplib.IMAP4.abort):
        await watch().look()
    assert await watch().look() == 1
    assert [one.raw for one in keeper.kept] == [BODIES[0]] * 2


async def test_of_a_letter_too_large_only_the_headers_come(server, keeper, watch):
    server.put(letter(("a.xlsx", bytes(10_000))))
    await watch(most_bytes=5_000).look()
    [one] = keeper.kept
    assert one.is_cut
    assert one.size_bytes > 10_000
    assert b"From: buh@firma.example" in one.raw
    assert one.mail_from == "?"
    assert server.fetched == ["HEADER"]


async def test_a_server_that_is_away_is_asked_again(server, keeper, watch):
    server.put(BODIES[0])
    server.hangs_up_at = "SELECT"
    running = asyncio.create_task(watch("Kept").run())
    for _ in range(100):
        await asyncio.sleep(0.05)
        if keeper.kept:
            break
    running.cancel()
    await asyncio.wait({running})
    assert len(keeper.kept) == 1

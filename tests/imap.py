"""A mailbox server for tests: as much of IMAP4rev1 as looking into a mailbox takes."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class MailboxServer:
    """`folders` by name: letters by UID with their flags. `deaf_after`: it hangs up at the command of that
    name."""

    folders: dict[str, dict[int, tuple[bytes, set[str]]]] = field(default_factory=lambda: {"INBOX": {}})
    port: int = 0
    hangs_up_at: str = ""
    fetched: list[str] = field(default_factory=list)

    def put(self, *letters: bytes, folder: str = "INBOX") -> None:
        box = self.folders.setdefault(folder, {})
        for body in letters:
            box[max(box, default=0) + 1] = (body, set())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK IMAP4rev1 ready\r\n")
        folder = "INBOX"
        while line := await reader.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            if self.hangs_up_at and self.hangs_up_at in rest:
                self.hangs_up_at = ""
                break
            if rest.upper().startswith("SELECT"):
                folder = rest.split(" ", 1)[1].strip('"')
            if rest.upper() == "LOGOUT":
                writer.write(b"* BYE\r\n")
            for answer in self.answers(rest, folder):
                writer.write(answer + b"\r\n")
            writer.write(f"{tag} OK done\r\n".encode())
            await writer.drain()
            if rest.upper() == "LOGOUT":
                break
        writer.close()

    def answers(self, rest: str, folder: str) -> list[bytes]:
        words = rest.split(" ")
        box = self.folders.get(folder, {})
        match [word.upper() for word in words[:2]]:
            case ["CAPABILITY", *_]:
                return [b"* CAPABILITY IMAP4rev1"]
            case ["SELECT", *_]:
                return [f"* {len(box)} EXISTS".encode(), b"* OK [UIDVALIDITY 1] ok"]
            case ["LIST", *_]:
                return [f'* LIST () "/" "{name}"'.encode() for name in self.folders if name in rest]
            case ["CREATE", *_]:
                self.folders[words[1].strip('"')] = {}
            case ["UID", _]:
                return self._of_uid(words, rest, box)
            case ["EXPUNGE", *_]:
                for uid in [uid for uid, (_, flags) in box.items() if "\\Deleted" in flags]:
                    del box[uid]
        return []

    def _of_uid(self, words: list[str], rest: str, box: dict[int, tuple[bytes, set[str]]]) -> list[bytes]:
        match words[1].upper():
            case "SEARCH":
                keyword = re.search(r"UNKEYWORD (\S+?)\)?$", rest)
                found = [uid for uid, (_, flags) in box.items() if not keyword or keyword[1] not in flags]
                return [f"* SEARCH {' '.join(map(str, found))}".encode()]
            case "FETCH":
                return [self._fetched(box, words[2], rest)]
            case "STORE":
                for uid in words[2].split(","):
                    box[int(uid)][1].update(re.findall(r"[$\\]\w+", rest))
            case "COPY":
                for uid in words[2].split(","):
                    self.put(box[int(uid)][0], folder=words[3].strip('"'))
        return []

    def _fetched(self, box: dict[int, tuple[bytes, set[str]]], uid: str, rest: str) -> bytes:
        body = box[int(uid)][0]
        if "SIZE" in rest:
            return f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(body)})".encode()
        part = "HEADER" if "HEADER" in rest else ""
        self.fetched.append(part or "all")
        shown = body.split(b"\r\n\r\n")[0] + b"\r\n\r\n" if part else body
        return b"* %s FETCH (UID %s BODY[%s] {%d}\r\n%s)" % (
            *(uid.encode(), uid.encode(), part.encode(), len(shown)),
            shown,
        )


@asynccontextmanager
async def mailbox_server() -> AsyncIterator[MailboxServer]:
    found = MailboxServer()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0, limit=2**25)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found

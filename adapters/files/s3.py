"""Long files in an S3-compatible store: `<prefix><account>/part-<id>/<first>-<end>` while they come,
`<prefix><account>/<sha256>` once kept.

Pieces are objects of their own, for a part of S3's multipart upload must have 5 MB and a client's piece may
have less; what is kept is put together by a multipart upload, and its bytes are checked before it is
completed. No request gives anybody rights: whether the bucket is private is the bucket's own setting. The
SHA-256 of each body is part of its signature (`payload_signing_enabled`), so the store takes no other bytes.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256 as sha256_of
from typing import Any, BinaryIO, NamedTuple, TypeVar, cast
from uuid import UUID

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from adapters.files.disk import NAME
from domain.kernel.errors import Unavailable
from domain.kernel.files import FileNotFound
from domain.kernel.ids import AccountId

PART_BYTES = 8 * 1024**2
CHUNK_BYTES = 256 * 1024
_IN_MEMORY_BYTES = 4 * 1024**2
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
_GONE = _ABSENT | {"NoSuchUpload"}
T = TypeVar("T")


class StoreSilent(Unavailable):
    code = "file-store-silent"
    text = "The store of files does not answer now"


class FileBroken(Exception):
    """The store gave other bytes than those that were kept."""


class _Piece(NamedTuple):
    first: int
    changed_at: datetime
    key: str


def s3_client(
    url: str, region: str, access_key: str, secret_key: str, *, style: str, timeout_seconds: int = 20
) -> Any:
    """boto3's client, which threads share. `url` empty: Amazon's own for the region. `style` is "path"
    (most servers of one's own) or "virtual"."""
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=timeout_seconds,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=32,
        # Amazon's newer checksums are unknown to many servers; the signed SHA-256 says more.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": style, "payload_signing_enabled": True},
    )
    session = boto3.session.Session(
        aws_access_key_id=access_key, aws_secret_access_key=secret_key, region_name=region
    )
    return session.client("s3", endpoint_url=url or None, config=config)


@dataclass(frozen=True, slots=True)
class S3Uploads:
    """The port LongFiles. `client` is boto3's; each call runs in a thread of its own."""

    client: Any
    bucket: str
    prefix: str = ""

    async def write(self, account_id: AccountId, upload_id: UUID, first: int, content: bytes) -> None:
        await asyncio.to_thread(self._write, self._part(account_id, upload_id), first, content)

    async def keep(self, account_id: AccountId, upload_id: UUID, sha256: str) -> bool:
        kept = self._kept(account_id, sha256)
        return await asyncio.to_thread(self._keep, self._part(account_id, upload_id), kept, sha256)

    async def drop(self, account_id: AccountId, upload_id: UUID) -> None:
        await asyncio.to_thread(self._drop, self._part(account_id, upload_id))

    async def look(self, account_id: AccountId, sha256: str, ask: Callable[[BinaryIO], T]) -> T:
        return await asyncio.to_thread(self._look, self._kept(account_id, sha256), sha256, ask)

    async def size(self, account_id: AccountId, sha256: str) -> int:
        return await asyncio.to_thread(self._size, self._kept(account_id, sha256))

    async def stream(self, account_id: AccountId, sha256: str) -> AsyncIterator[bytes]:
        """FileBroken at its end when the bytes are others than those that were kept."""
        kept = self._kept(account_id, sha256)
        body = await asyncio.to_thread(self._body, kept)
        digest = sha256_of()
        try:
            while chunk := await asyncio.to_thread(_read, body):
                digest.update(chunk)
                yield chunk
        finally:
            await asyncio.to_thread(body.close)
        if digest.hexdigest() != sha256:
            raise FileBroken(kept)

    async def remove(self, account_id: AccountId, sha256: str) -> None:
        await asyncio.to_thread(self._delete, self._kept(account_id, sha256))

    def _part(self, account_id: AccountId, upload_id: UUID) -> str:
        return f"{self.prefix}{account_id}/part-{upload_id}/"

    def _kept(self, account_id: AccountId, sha256: str) -> str:
        if not NAME.fullmatch(sha256):
            raise FileNotFound
        return f"{self.prefix}{account_id}/{sha256}"

    def _write(self, part: str, first: int, content: bytes) -> None:
        # Only the first piece begins a file: a late one does not bring back what was removed.
        if first and not any(piece.first == 0 for piece in self._pieces(part, most=1)):
            raise FileNotFound
        with _told():
            key = f"{part}{first:015d}-{first + len(content):015d}"
            self.client.put_object(Bucket=self.bucket, Key=key, Body=content)

    def _keep(self, part: str, kept: str, sha256: str) -> bool:
        pieces = list(self._pieces(part))
        if not pieces:
            raise FileNotFound
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
            for piece in sorted(pieces, key=lambda one: one.changed_at):
                file.seek(piece.first)
                file.write(self._content(piece.key))
            size = file.seek(0, 2)
            if _digest(cast(BinaryIO, file)) != sha256:
                return False
            if size <= PART_BYTES:
                with _told():
                    self.client.put_object(Bucket=self.bucket, Key=kept, Body=file.read())
            else:
                self._uploaded(kept, cast(BinaryIO, file))
        return True

    def _content(self, key: str) -> bytes:
        body = self._body(key)
        with _told():
            content: bytes = body.read()
            return content

    def _uploaded(self, kept: str, file: BinaryIO) -> None:
        """In parts; what was not completed is taken back."""
        with _told():
            named = {"Bucket": self.bucket, "Key": kept}
            upload = named | {"UploadId": self.client.create_multipart_upload(**named)["UploadId"]}
            try:
                parts: list[dict[str, object]] = []
                while chunk := file.read(PART_BYTES):
                    no = len(parts) + 1
                    sent = self.client.upload_part(**upload, PartNumber=no, Body=chunk)
                    parts.append({"ETag": sent["ETag"], "PartNumber": no})
                self.client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
            except BaseException:
                with _absent_is_well():
                    self.client.abort_multipart_upload(**upload)
                raise

    def _drop(self, part: str) -> None:
        for piece in list(self._pieces(part)):
            self._delete(piece.key)

    def _delete(self, key: str) -> None:
        with _told(), _absent_is_well():
            self.client.delete_object(Bucket=self.bucket, Key=key)

    def _look(self, kept: str, sha256: str, ask: Callable[[BinaryIO], T]) -> T:
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
            body = self._body(kept)
            try:
                while chunk := _read(body):
                    file.write(chunk)
            finally:
                body.close()
            if _digest(cast(BinaryIO, file)) != sha256:
                raise FileBroken(kept)
            return ask(cast(BinaryIO, file))

    def _size(self, kept: str) -> int:
        with _told():
            return int(self.client.head_object(Bucket=self.bucket, Key=kept)["ContentLength"])

    def _body(self, key: str) -> Any:
        with _told():
            return self.client.get_object(Bucket=self.bucket, Key=key)["Body"]

    def _pieces(self, part: str, most: int = 1000) -> Iterator[_Piece]:
        """By their first byte; `most` at a time."""
        after: dict[str, str] = {}
        while True:
            with _told():
                page = self.client.list_objects_v2(Bucket=self.bucket, Prefix=part, MaxKeys=most, **after)
            for found in page.get("Contents", ()):
                first = int(found["Key"].removeprefix(part).partition("-")[0])
                yield _Piece(first, found["LastModified"], found["Key"])
            if most == 1 or not page.get("IsTruncated"):
                return
            after = {"ContinuationToken": page["NextContinuationToken"]}


def _digest(file: BinaryIO) -> str:
    """Of the whole; the file then stands at its beginning."""
    file.seek(0)
    digest = sha256_of()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _read(body: Any) -> bytes:
    with _told():
        chunk: bytes = body.read(CHUNK_BYTES)
        return chunk


@contextmanager
def _told() -> Iterator[None]:
    """What the store says in our words."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            raise FileNotFound from None
        if error.response["ResponseMetadata"].get("HTTPStatusCode", 500) >= 500:
            raise StoreSilent from error
        raise
    except BotoCoreError as error:
        raise StoreSilent from error


@contextmanager
def _absent_is_well() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise

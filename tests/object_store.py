"""A server of S3's protocol in this process: objects, lists, multipart uploads, in memory.

It shares no code with the client: the signature (Signature Version 4, Amazon S3 API Reference,
"Authenticating Requests") is reckoned anew from the request's raw line and headers, and the body's SHA-256
must be the signed one. Whoever does not sign gets 403 for everything. Parts but the last have 5 MB at least,
as at Amazon's.
"""

import hmac
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

ACCESS_KEY, SECRET_KEY, REGION, BUCKET = "kabinet", "s3-secret-of-tests", "ru-central1", "papers"
PART_LEAST_BYTES = 5 * 1024**2
_CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<credential>[^,]+), ?SignedHeaders=(?P<headers>[^,]+), ?"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass
class Objects:
    """What lies there. `faults` are statuses that the next requests get instead of an answer; one whose line
    has `broken` in it fails each time; `seen` tells what was asked."""

    kept: dict[str, bytes] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)
    uploads: dict[str, tuple[str, dict[int, bytes]]] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    broken: str = ""
    url: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def put(self, key: str, content: bytes) -> None:
        self.kept[key], self.changed[key] = content, datetime.now(UTC)


class Refused(Exception):
    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code


def _etag(content: bytes) -> str:
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'


def _hash(key: bytes, said: str) -> bytes:
    return hmac.digest(key, said.encode(), sha256)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects: Objects

    def log_message(self, *words: object) -> None:
        pass

    def _serve(self) -> None:
        where = urlsplit(self.path)
        query = dict(parse_qsl(where.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            with self.objects.lock:
                self.objects.seen.append(f"{self.command} {self.path}")
                self._check_luck()
                self._check_signature(where.path, query, body)
                status, headers, answer = self._done(self._key(where.path), query, body)
        except Refused as refused:
            status, headers = refused.status, {"Content-Type": "application/xml"}
            answer = f"<Error><Code>{refused.code}</Code><Message>no</Message></Error>".encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    def _check_luck(self) -> None:
        if self.objects.broken and self.objects.broken in self.path:
            raise Refused(500, "InternalError")
        if self.objects.faults:
            raise Refused(self.objects.faults.pop(0), "InternalError")

    def _key(self, path: str) -> str:
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        if bucket != BUCKET:
            raise Refused(404, "NoSuchBucket")
        return key

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve  # noqa: N815 - names of http.server

    def _check_signature(self, path: str, query: dict[str, str], body: bytes) -> None:
        """AccessDenied, SignatureDoesNotMatch, RequestTimeTooSkewed, XAmzContentSHA256Mismatch."""
        said = _CREDENTIAL.fullmatch(self.headers.get("Authorization", ""))
        if said is None:
            raise Refused(403, "AccessDenied")
        who, day, region, service, ending = said["credential"].split("/")
        if who != ACCESS_KEY:
            raise Refused(403, "InvalidAccessKeyId")
        stamp = self.headers["X-Amz-Date"]
        at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(datetime.now(UTC) - at) > timedelta(minutes=15) or stamp[:8] != day:
            raise Refused(403, "RequestTimeTooSkewed")
        names = said["headers"].split(";")
        if "host" not in names or (region, service, ending) != (REGION, "s3", "aws4_request"):
            raise Refused(403, "SignatureDoesNotMatch")
        hashed = self.headers["X-Amz-Content-Sha256"]
        if sha256(body).hexdigest() != hashed:
            raise Refused(400, "XAmzContentSHA256Mismatch")
        canonical = "\n".join(
            [
                self.command,
                quote(unquote(path), safe="/-_.~"),
                "&".join(
                    sorted(
                        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
                        for name, value in query.items()
                    )
                ),
                *(f"{name}:{' '.join(self.headers[name].split())}" for name in names),
                "",
                said["headers"],
                hashed,
            ]
        )
        scope = f"{day}/{region}/{service}/{ending}"
        to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{SECRET_KEY}".encode()
        for part in (day, region, service, ending):
            key = _hash(key, part)
        if not hmac.compare_digest(_hash(key, to_sign).hex(), said["signature"]):
            raise Refused(403, "SignatureDoesNotMatch")

    def _done(self, key: str, query: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        if any(name.lower().startswith(("x-amz-acl", "x-amz-grant")) for name in self.headers):
            raise Refused(403, "AccessControlListNotSupported")
        if not key:
            return 200, {"Content-Type": "application/xml"}, self._listed(query)
        if "uploads" in query or "uploadId" in query:
            return self._multipart(key, query, body)
        if self.command == "PUT":
            self.objects.put(key, body)
            return 200, {"ETag": _etag(body)}, b""
        if self.command == "DELETE":
            self.objects.kept.pop(key, None)
            return 204, {}, b""
        if key not in self.objects.kept:
            raise Refused(404, "NoSuchKey")
        content = self.objects.kept[key]
        return 200, {"ETag": _etag(content), "Content-Type": "binary/octet-stream"}, content

    def _listed(self, query: dict[str, str]) -> bytes:
        after, most = query.get("continuation-token", ""), int(query.get("max-keys", "1000"))
        keys = sorted(key for key in self.objects.kept if key.startswith(query.get("prefix", "")))
        rest = [key for key in keys if key > after]
        page, is_cut = rest[:most], len(rest) > most
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects.kept[key])}</Size>"
            f"<LastModified>{self.objects.changed[key]:%Y-%m-%dT%H:%M:%S.%f}Z</LastModified></Contents>"
            for key in page
        )
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if is_cut else ""
        cut = str(is_cut).lower()
        return f"<ListBucketResult><IsTruncated>{cut}</IsTruncated>{token}{rows}</ListBucketResult>".encode()

    def _multipart(self, key: str, query: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        uploads = self.objects.uploads
        if "uploads" in query:
            upload_id = f"u{len(self.objects.seen)}"
            uploads[upload_id] = (key, {})
            answer = f"<UploadId>{upload_id}</UploadId>"
            answer = f"<InitiateMultipartUploadResult>{answer}</InitiateMultipartUploadResult>"
            return 200, {"Content-Type": "application/xml"}, answer.encode()
        if uploads.get(query["uploadId"], ("",))[0] != key:
            raise Refused(404, "NoSuchUpload")
        parts = uploads[query["uploadId"]][1]
        if self.command == "PUT":
            parts[int(query["partNumber"])] = body
            return 200, {"ETag": _etag(body)}, b""
        if self.command == "POST":
            self.objects.put(key, _joined(parts, body))
        del uploads[query["uploadId"]]
        answer = b"<CompleteMultipartUploadResult/>" if self.command == "POST" else b""
        return (200 if answer else 204), {"Content-Type": "application/xml"}, answer


def _joined(parts: dict[int, bytes], body: bytes) -> bytes:
    """InvalidPart, EntityTooSmall."""
    named = [
        (int(one.findtext("{*}PartNumber", "0")), one.findtext("{*}ETag", ""))
        for one in ElementTree.fromstring(body).iterfind("{*}Part")
    ]
    if [no for no, _ in named] != sorted(parts) or any(_etag(parts[no]) != etag for no, etag in named):
        raise Refused(400, "InvalidPart")
    whole = [parts[no] for no, _ in named]
    if any(len(part) < PART_LEAST_BYTES for part in whole[:-1]):
        raise Refused(400, "EntityTooSmall")
    return b"".join(whole)


@contextmanager
def opened() -> Iterator[Objects]:
    """The store with its `url`, until the end."""
    objects = Objects()
    handler = type("Handler", (_Handler,), {"objects": objects})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        objects.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield objects
        finally:
            server.shutdown()
            thread.join()

"""What is published of closed days, and a payer's proof."""

from datetime import date
from functools import partial
from typing import Self

import msgspec
from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, SkipValidation

from api.identity import Entry
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_of, end_of
from api.problems import responses
from domain.accounts.proofs.roots import DayNotClosed, DayRoot, Key, Roots, Signer, as_file, key_id
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId, PaymentId
from services.accounts.proving import PaymentProofs
from services.repeating import repeated

_FOR_EVER = "public, max-age=31536000, immutable"
_A_MINUTE = {"Cache-Control": "public, max-age=60"}


class RootSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`seals` is how many accounts changed that day."""

    day: date
    seals: int
    root: str
    key_id: str

    @classmethod
    def of(cls, root: DayRoot) -> Self:
        return cls(day=root.day, seals=root.seals, root=root.root.hex(), key_id=key_id(root.public_key))


class KeyOut(msgspec.Struct, frozen=True, kw_only=True):
    """An Ed25519 public key in hexadecimal and the days it has signed; none yet: null."""

    key_id: str
    public_key: str
    first_day: date | None
    last_day: date | None

    @classmethod
    def of(cls, key: Key) -> Self:
        return cls(
            key_id=key_id(key.public_key),
            public_key=key.public_key.hex(),
            first_day=key.first_day,
            last_day=key.last_day,
        )


class KeysOut(msgspec.Struct, frozen=True, kw_only=True):
    """`current` is the id of the key that signs now. Keep the file: `kabinet verify --key` takes it."""

    current: str
    keys: list[KeyOut]


@get("/proofs", opt={"access": Entry.OPEN}, responses=responses(422))
async def list_day_roots(
    roots: NamedDependency[SkipValidation[Roots]],
    cursor: FromQuery[Cursor | None] = None,
    limit: FromQuery[Limit] = DEFAULT_LIMIT,
) -> Response[Page[RootSummary]]:
    """Days whose root is published, the newest first."""
    found = await roots.page(end_of(cursor, date), limit)
    page = Page(
        items=[RootSummary.of(root) for root in found],
        next=cursor_of(found[-1].day) if len(found) == limit else None,
    )
    return Response(page, headers=_A_MINUTE)


@get("/proofs/keys", opt={"access": Entry.OPEN}, responses=responses())
async def list_proof_keys(
    roots: NamedDependency[SkipValidation[Roots]],
    root_signer: NamedDependency[SkipValidation[Signer]],
) -> Response[KeysOut]:
    """The public keys that have signed roots, and the one that signs now."""
    keys = list(await roots.keys())
    if root_signer.public_key not in {key.public_key for key in keys}:
        keys.append(Key(public_key=root_signer.public_key))
    out = KeysOut(current=key_id(root_signer.public_key), keys=[KeyOut.of(key) for key in keys])
    return Response(out, headers=_A_MINUTE)


@get(
    "/proofs/{day:date}",
    opt={"access": Entry.OPEN},
    media_type="application/json",
    responses=responses(404, 422),
)
async def get_day_root(day: FromPath[date], roots: NamedDependency[SkipValidation[Roots]]) -> Response[bytes]:
    """The signed root of a closed day as a file. It never changes: keep it, and whoever brings a proof of a
    payment of that day is checked against it without us."""
    root = await roots.of(day)
    if root is None:
        raise DayNotClosed
    return _file(as_file(root.as_json()), f"kabinet-root-{day}.json", _FOR_EVER)


@get(
    "/accounts/{account_id:uuid}/payments/{payment_id:uuid}/proof",
    opt={"access": Scope.SEE},
    media_type="application/json",
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def get_payment_proof(
    account_id: FromPath[AccountId],
    payment_id: FromPath[PaymentId],
    access: NamedDependency[Access],
    payment_proofs: NamedDependency[PaymentProofs],
) -> Response[bytes]:
    """A file that proves to anyone that this payment and its parts stand in the books of a published day.

    It names no person and no address. `kabinet verify FILE` checks it offline.
    """
    proof = await repeated(partial(payment_proofs.prove, access, payment_id))
    return _file(as_file(proof.as_json()), f"kabinet-proof-{payment_id}.json", "private, no-store")


def _file(content: bytes, name: str, kept: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": kept}
    return Response(content, media_type="application/json", headers=headers)


proofs = Router(
    "/", tags=["proofs"], route_handlers=[list_day_roots, list_proof_keys, get_day_root, get_payment_proof]
)

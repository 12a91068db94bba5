"""Suppliers, accounts and contacts as billing tells them. What is new is copied, what differs updated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from adapters.postgres.bulk_posting import by_key_only
from domain.accounts.import_rows import AccountRow, ContactRow, SupplierRow
from domain.accounts.imports import Tally
from domain.accounts.ledger import FIRST_HASH
from domain.accounts.requisites import BankDetails


@dataclass(frozen=True, slots=True)
class PostgresDirectory:
    connection: asyncpg.Connection
    new_id: Callable[[], UUID]

    async def suppliers_saved(self, rows: Sequence[SupplierRow]) -> Tally:
        """Counts suppliers' terms, services and tariffs."""
        ids = await self._suppliers({row.inn: row.name for row in rows})
        tally = await self._terms(rows, ids)
        tally += await self._services(rows)
        return tally + await self._tariffs(rows, ids)

    async def _suppliers(self, names: dict[str, str]) -> dict[str, UUID]:
        ids = {}
        for inn, name in sorted(names.items()):
            ids[inn] = await self.connection.fetchval(
                """
                INSERT INTO suppliers (supplier_id, inn, name) VALUES ($1, $2, $3)
                ON CONFLICT (inn) DO UPDATE SET name = excluded.name RETURNING supplier_id
                """,
                self.new_id(),
                inn,
                name,
            )
        return ids

    async def _terms(self, rows: Sequence[SupplierRow], ids: dict[str, UUID]) -> Tally:
        kept = await self.connection.fetch(
            "SELECT supplier_id, valid_from, collection, details FROM supplier_terms"
        )
        before = {
            (row["supplier_id"], row["valid_from"]): (
                row["collection"],
                msgspec.convert(row["details"], BankDetails),
            )
            for row in kept
        }
        told = {(ids[row.inn], row.valid_from): (row.collection.value, row.details) for row in rows}
        changed = {key: terms for key, terms in told.items() if before.get(key) != terms}
        await self.connection.executemany(
            """
            INSERT INTO supplier_terms (supplier_id, valid_from, collection, details) VALUES ($1, $2, $3, $4)
            ON CONFLICT (supplier_id, valid_from)
            DO UPDATE SET collection = excluded.collection, details = excluded.details
            """,
            [(*key, *terms) for key, terms in sorted(changed.items(), key=lambda item: item[0])],
        )
        return _tally(told, before)

    async def _services(self, rows: Sequence[SupplierRow]) -> Tally:
        kept = await self.connection.fetch("SELECT service_code, name, unit FROM services")
        before = {row["service_code"]: (row["name"], row["unit"]) for row in kept}
        told = {row.service_code: (row.service_name, row.unit) for row in rows if row.service_code}
        changed = {code: one for code, one in told.items() if before.get(code) != one}
        await self.connection.executemany(
            """
            INSERT INTO services (service_code, name, unit) VALUES ($1, $2, $3)
            ON CONFLICT (service_code) DO UPDATE SET name = excluded.name, unit = excluded.unit
            """,
            [(code, *one) for code, one in sorted(changed.items())],
        )
        return _tally(told, before)

    async def _tariffs(self, rows: Sequence[SupplierRow], ids: dict[str, UUID]) -> Tally:
        kept = await self.connection.fetch(
            "SELECT supplier_id, service_code, valid_from, price_roubles, unit FROM tariffs"
        )
        before = {tuple(row.values())[:3]: tuple(row.values())[3:] for row in kept}
        told: dict[Any, Any] = {
            (ids[row.inn], row.service_code, row.valid_from): (row.tariff, row.unit)
            for row in rows
            if row.service_code and row.tariff is not None
        }
        changed = {key: price for key, price in told.items() if before.get(key) != price}
        await self.connection.executemany(
            """
            INSERT INTO tariffs (supplier_id, service_code, valid_from, price_roubles, unit)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (supplier_id, service_code, valid_from)
            DO UPDATE SET price_roubles = excluded.price_roubles, unit = excluded.unit
            """,
            [(*key, *price) for key, price in sorted(changed.items())],
        )
        return _tally(told, before)

    async def accounts_saved(self, rows: Sequence[AccountRow], at: datetime) -> Tally:
        """Counts supplier accounts; what is told of their unified account is saved with them."""
        await by_key_only(self.connection)
        known = await self._known_accounts([row.number for row in rows])
        new = {row.number: self.new_id() for row in rows if row.number not in known}
        ids = known | new
        await self._add_accounts([(new[row.number], row) for row in _first_of_each(rows, new)], at)
        moved = await self._update_accounts([(known[row.number], row) for row in _first_of_each(rows, known)])
        tally = await self._supplier_accounts(rows, ids)
        return Tally(
            added=tally.added,
            corrected=tally.corrected + moved,
            unchanged=max(0, tally.unchanged - moved),
        )

    async def _known_accounts(self, numbers: Sequence[str]) -> dict[str, UUID]:
        rows = await self.connection.fetch(
            "SELECT number, account_id FROM account_numbers WHERE number = ANY ($1)", list(set(numbers))
        )
        return {row["number"]: row["account_id"] for row in rows}

    async def _add_accounts(self, accounts: Sequence[tuple[UUID, AccountRow]], at: datetime) -> None:
        copy = self.connection.copy_records_to_table
        await copy(
            "accounts",
            columns=(
                *("account_id", "number", "kind", "gis_number", "address", "holder_name", "holder_inn"),
                *("reading_group", "opened_at"),
            ),
            records=[(id_, row.number, *_held(row), at) for id_, row in accounts],
        )
        await copy(
            "account_numbers",
            columns=("number", "account_id"),
            records=[(row.number, id_) for id_, row in accounts],
        )
        await copy(
            "account_heads",
            columns=("account_id", "last_no", "last_hash"),
            records=[(id_, 0, FIRST_HASH) for id_, _ in accounts],
        )

    async def _update_accounts(self, accounts: Sequence[tuple[UUID, AccountRow]]) -> int:
        kept = await self.connection.fetchmany(
            """
            SELECT account_id, kind, gis_number, address, holder_name, holder_inn, reading_group
            FROM accounts WHERE account_id = $1
            """,
            [(id_,) for id_, _ in accounts],
        )
        before = {row["account_id"]: tuple(row.values())[1:] for row in kept}
        told = {id_: _held(row, before.get(id_)) for id_, row in accounts}
        changed = sorted((id_, *held[1:]) for id_, held in told.items() if before.get(id_) != held)
        await self.connection.executemany(
            """
            UPDATE accounts
            SET gis_number = $2, address = $3, holder_name = $4, holder_inn = $5, reading_group = $6
            WHERE account_id = $1
            """,
            changed,
        )
        return len(changed)

    async def _supplier_accounts(self, rows: Sequence[AccountRow], ids: dict[str, UUID]) -> Tally:
        suppliers = {
            row["inn"]: row["supplier_id"]
            for row in await self.connection.fetch("SELECT inn, supplier_id FROM suppliers")
        }
        kept = await self.connection.fetch(
            """
            SELECT number, supplier_id, supplier_account_id FROM supplier_account_numbers
            WHERE number = ANY ($1)
            """,
            list({row.supplier_account for row in rows}),
        )
        known = {(row["number"], row["supplier_id"]): row["supplier_account_id"] for row in kept}
        new, old = [], []
        for row in rows:
            supplier_id = suppliers[row.supplier_inn]
            found = known.get((row.supplier_account, supplier_id))
            if found is None:
                new.append(
                    (ids[row.number], self.new_id(), supplier_id, row.supplier_account, row.gis_service_id)
                )
            else:
                old.append((ids[row.number], found, row.gis_service_id))
        await self._add_supplier_accounts(new)
        corrected = await self._update_supplier_accounts(old)
        return Tally(added=len(new), corrected=corrected, unchanged=len(old) - corrected)

    async def _add_supplier_accounts(self, new: Sequence[tuple[Any, ...]]) -> None:
        await self.connection.copy_records_to_table(
            "supplier_accounts",
            columns=("account_id", "supplier_account_id", "supplier_id", "number", "gis_service_id"),
            records=new,
        )
        await self.connection.copy_records_to_table(
            "supplier_account_numbers",
            columns=("number", "supplier_id", "account_id", "supplier_account_id"),
            records=[(row[3], row[2], row[0], row[1]) for row in new],
        )

    async def _update_supplier_accounts(self, old: Sequence[tuple[Any, ...]]) -> int:
        kept = await self.connection.fetchmany(
            """
            SELECT supplier_account_id, gis_service_id FROM supplier_accounts
            WHERE account_id = $1 AND supplier_account_id = $2
            """,
            [row[:2] for row in old],
        )
        before = {row["supplier_account_id"]: row["gis_service_id"] for row in kept}
        changed = [row for row in old if before[row[1]] != row[2]]
        await self.connection.executemany(
            """
            UPDATE supplier_accounts SET gis_service_id = $3
            WHERE account_id = $1 AND supplier_account_id = $2
            """,
            sorted(changed, key=lambda row: (row[0], row[1])),
        )
        return len(changed)

    async def contacts_saved(self, rows: Sequence[ContactRow]) -> Tally:
        """An empty cell leaves what was known."""
        await by_key_only(self.connection)
        ids = await self._known_accounts([row.number for row in rows])
        kept = await self.connection.fetchmany(
            "SELECT account_id, phone, email FROM accounts WHERE account_id = $1",
            [(id_,) for id_ in sorted(ids.values())],
        )
        before = {row["account_id"]: (row["phone"], row["email"]) for row in kept}
        changed, added = [], 0
        for row in sorted(rows, key=lambda row: ids[row.number]):
            id_ = ids[row.number]
            phone, email = before[id_]
            now = (row.phone or phone, row.email or email)
            if now != (phone, email):
                changed.append((id_, *now))
                added += phone is None and email is None
        await self.connection.executemany(
            "UPDATE accounts SET phone = $2, email = $3 WHERE account_id = $1",
            changed,
        )
        return Tally(added=added, corrected=len(changed) - added, unchanged=len(rows) - len(changed))


def _held(row: AccountRow, before: tuple[str | None, ...] | None = None) -> tuple[str | None, ...]:
    """A group that is not told stays as it was."""
    group = row.reading_group or (before[-1] if before else None)
    return row.kind.value, row.gis_number, row.address, row.holder_name, row.holder_inn, group


def _first_of_each(rows: Sequence[AccountRow], ids: dict[str, UUID]) -> list[AccountRow]:
    """One row of each account in `ids`; all rows of one account say the same of it."""
    ordered = sorted((row for row in rows if row.number in ids), key=lambda row: ids[row.number])
    return [next(group) for _, group in groupby(ordered, attrgetter("number"))]


def _tally(told: dict[Any, Any], before: dict[Any, Any]) -> Tally:
    added = sum(key not in before for key in told)
    unchanged = sum(before.get(key) == value for key, value in told.items())
    return Tally(added=added, corrected=len(told) - added - unchanged, unchanged=unchanged)

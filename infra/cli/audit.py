"""`kabinet audit`: the money recomputed from what was posted."""

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import rich_click as click

from infra.cli import frame, long_runs

if TYPE_CHECKING:
    from adapters.postgres.audit import PostgresAudit
    from domain.accounts.audit import Finding
    from domain.kernel.ids import AccountId
    from infra.audit import Outcome
    from infra.settings import Settings


@click.command("audit", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--account", "number", help="Only the account of this number.")
@click.option("--sample", type=click.IntRange(1, 1_000_000), help="Only so many accounts, drawn by chance.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that reckon."
)
def command(*, number: str | None, sample: int | None, workers: int) -> None:
    """Recompute every balance, chain of hashes, bill line and payment from what was posted; follow every
    reading through its steps.

    Changes nothing and may run while customers pay. Prints each row that does not agree and leaves with
    1 if there is any; with 130 when stopped before the end.
    """
    if number is not None and sample is not None:
        raise click.UsageError("Give --account or --sample, not both.")
    settings = frame.begin(database=True)
    audit = _Audit(settings, number=number, sample=sample, workers=workers)
    frame.serve(audit.run())
    audit.show()
    if not audit.is_finished:
        click.echo("Stopped before the end.", err=True)
        raise SystemExit(long_runs.INTERRUPTED)
    if audit.found:
        raise SystemExit(1)


class _Audit:
    """One run and what it has come to so far, so that it can be told when it is stopped."""

    def __init__(self, settings: "Settings", *, number: str | None, sample: int | None, workers: int) -> None:
        from domain.payments.audit_rows import Totals
        from domain.payments.receipts.audit import ReceiptTotals
        from domain.payments.registries.audit import RegistryTotals
        from domain.readings.audit import ReadingTotals

        self.totals = Totals()
        self.readings = ReadingTotals()
        self.cases = 0
        self.registries = RegistryTotals()
        self.receipts = ReceiptTotals()
        self.found = 0
        self.is_finished = False
        self._dsn, self._zone = settings.database_url, ZoneInfo(settings.zone)
        self._number, self._sample, self._workers = number, sample, workers

    async def run(self) -> None:
        from adapters.postgres.audit import PostgresAudit
        from adapters.postgres.pool import connect

        connection = await connect(self._dsn)
        try:
            await self._look(PostgresAudit(connection, self._zone))
        finally:
            connection.terminate()
        self.is_finished = True

    async def _look(self, reader: "PostgresAudit") -> None:
        from contextlib import aclosing

        from infra.audit import audited

        chosen = await self._chosen(reader)
        size = await reader.count() if chosen is None else len(chosen)
        with long_runs.bar(is_known=True) as progress:
            task = progress.add_task("Accounts", total=size)
            async with aclosing(audited(reader, self._dsn, chosen, workers=self._workers)) as outcomes:
                async for outcome in outcomes:
                    self._take(outcome)
                    progress.advance(task, outcome.totals.accounts)

    async def _chosen(self, reader: "PostgresAudit") -> "Sequence[AccountId] | None":
        if self._number is not None:
            account_id = await reader.account_id(self._number)
            if account_id is None:
                raise click.ClickException(f"There is no account {self._number}.")
            return [account_id]
        if self._sample is not None:
            return await reader.sample(self._sample, secrets.randbits(32))
        return None

    def _take(self, outcome: "Outcome") -> None:
        self.totals += outcome.totals
        self.readings += outcome.readings
        self.cases += outcome.cases
        self.registries += outcome.registries
        self.receipts += outcome.receipts
        self.found += len(outcome.findings)
        for finding in outcome.findings:
            click.echo(_line(finding))

    def show(self) -> None:
        from domain.kernel.money import Money

        totals = self.totals
        rows = (
            ("accounts", f"{totals.accounts:,}"),
            ("transfers", f"{totals.transfers:,}"),
            ("payments", f"{totals.payments:,}"),
            ("money in", f"{Money(totals.paid)} by paid payments, {Money(totals.received)} by the ledger"),
            ("money out", f"{Money(totals.refunded)} in refunds"),
            ("money posted", str(Money(totals.posted))),
            ("readings", f"{self.readings.sent:,}{self._states()}"),
            ("cases", f"{self.cases:,}"),
            ("registries", self._registries()),
            ("receipts", self._receipts()),
            ("findings", f"{self.found:,}" if self.found else "none: everything agrees"),
        )
        for name, value in rows:
            click.echo(f"{name:13} {value}")

    def _registries(self) -> str:
        from domain.kernel.money import Money

        each = ", ".join(f"{state} {Money(sum_)}" for state, sum_ in self.registries.by_state.items())
        whole = f"{self.registries.registries:,}, rows {self.registries.rows:,}"
        return f"{whole}: {each}" if each else whole

    def _receipts(self) -> str:
        each = ", ".join(f"{state} {count:,}" for state, count in self.receipts.by_state.items())
        whole = f"{self.receipts.receipts:,}" + (f": {each}" if each else "")
        lacking = self.receipts.unreceipted
        return f"{whole}; {lacking:,} payments without: kabinet receipts make" if lacking else whole

    def _states(self) -> str:
        each = ", ".join(f"{state} {count:,}" for state, count in sorted(self.readings.by_state.items()))
        return f": {each}" if each else ""


def _line(finding: "Finding") -> str:
    account = f"account_id={finding.account_id} " if finding.account_id else ""
    row = f"{finding.table} {account}{finding.key}"
    return f"{finding.code}: {row}: expected {finding.expected}; found {finding.found}"

"""A registry as a workbook: what came, what became of each row, what was wrong."""

from collections.abc import Sequence

from api.texts import translated
from domain.kernel.ids import AccountId
from domain.kernel.sheets import Cell, Sheet
from domain.payments.registries.files import PaymentRegistries, PaymentRegistry
from domain.payments.registries.rows import CODE_TEXTS, STATE_TEXTS, RegistryRow, RegistryRows, RowState

_PAGE = 5_000
_ROW_HEADINGS = (
    "Row",
    "Line",
    "Operation",
    "Paid at",
    "Sum",
    "Fee",
    "Account as written",
    "Period",
    "State",
    "Why",
)
_FAULT_HEADINGS = ("Line", "Field", "What is wrong", "Value")


async def report(
    registry_id: AccountId, registries: PaymentRegistries, rows: RegistryRows, language: str
) -> list[Sheet]:
    """RegistryNotFound."""
    registry = await registries.by_id(registry_id)
    whole = await _whole(registry, registries, language)
    faults = await registries.faults(registry_id, after=0, limit=_PAGE)
    wrong = [(one.line_no, one.field, translated(language, one.text), one.value) for _, one in faults]
    return [
        _sheet("Registry", ("What", "Rows", "Sum"), whole, language),
        _sheet("Rows", _ROW_HEADINGS, await _rows(registry_id, rows, language), language),
        _sheet("Faults", _FAULT_HEADINGS, wrong, language),
    ]


async def _whole(
    registry: PaymentRegistry, registries: PaymentRegistries, language: str
) -> list[tuple[Cell, ...]]:
    fates = await registries.fates(registry.id)
    said: list[tuple[Cell, ...]] = [(registry.file_name, registry.rows, registry.sum)]
    for state, fate in sorted(fates.items()):
        said.append((translated(language, STATE_TEXTS[RowState(state)]), fate.rows, fate.sum))
    return said


async def _rows(registry_id: AccountId, rows: RegistryRows, language: str) -> list[tuple[Cell, ...]]:
    found: list[tuple[Cell, ...]] = []
    after = 0
    while page := await rows.page(registry_id, None, after=after, limit=_PAGE):
        found += [_row(row, language) for row in page]
        after = page[-1].row_no
    return found


def _row(row: RegistryRow, language: str) -> tuple[Cell, ...]:
    return (
        row.row_no,
        row.line_no,
        row.operation_id,
        row.paid_at,
        row.amount,
        row.fee,
        row.account_text,
        row.period,
        translated(language, STATE_TEXTS[row.state]),
        translated(language, CODE_TEXTS[row.code]) if row.code else "",
    )


def _sheet(title: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]], language: str) -> Sheet:
    said = [translated(language, one) for one in headings]
    return Sheet(title=translated(language, title), headings=said, rows=rows)

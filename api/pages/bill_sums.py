"""How a supplier's sum came about, in one line that can be added up."""

from domain.bills.bills import SupplierPart
from domain.kernel.money import ZERO, Money, total


def terms_of(part: SupplierPart) -> list[tuple[str, Money]]:
    """What makes `part.balance`, nothing that is zero: what raises it stands before what lowers it. The word
    says what it is, the sum has its sign."""
    earlier = total(one.charged for one in part.earlier)
    late = total(one.penalty for one in part.earlier)
    terms = [
        ("debt" if part.start > ZERO else "ahead", part.start),
        (_of_month(part), part.of_lines),
        ("earlier", earlier),
        ("late", late),
        ("paid" if part.paid > ZERO else "taken back", -part.paid),
        ("other", part.other),
    ]
    return sorted([term for term in terms if term[1]], key=lambda term: term[1] < ZERO)


def _of_month(part: SupplierPart) -> str:
    if part.of_lines < ZERO:
        return "recalculated"
    return "charged and late" if any(line.penalty for line in part.lines) else "charged"

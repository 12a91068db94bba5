"""A scanned payment code of a bill as proof that its holder has the paper."""

from collections.abc import Iterable

import msgspec

from domain.accounts.requisites import BankDetails
from domain.accounts.suppliers import Supplier
from domain.kernel.errors import Invalid
from domain.kernel.ids import SupplierId
from domain.kernel.money import Money
from domain.payments.paycodes import parse
from domain.people.memberships import Proof

_MOST_DIGITS = 15


class CodeOfAnotherPayee(Invalid):
    code = "paycode-of-another-payee"
    text = "This code pays somebody else, not a bill of ours"
    remedy = "Scan the code of the bill, or type the account number"


class CodeProvesNothing(Invalid):
    code = "paycode-proves-nothing"
    text = "The code names no account, or neither a sum nor a bill"
    remedy = "Type the account number and the sum to pay or the number of the bill"


class ScannedBill(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is of a whole account, or of one supplier's part. Any of the `proofs` is enough."""

    number: str
    supplier_id: SupplierId | None
    proofs: tuple[Proof, ...]


def scanned_bill(code: str, collection: BankDetails, suppliers: Iterable[Supplier]) -> ScannedBill:
    """What the text of a code (GOST R 56042-2014) says of a bill of ours.

    The payee must be the company's `collection` account or a supplier. On the collection account
    ServiceName carries the INN of the supplier whose number it is, and is missing for a whole bill.
    PaycodeUnreadable, CodeOfAnotherPayee, CodeProvesNothing.
    """
    values = parse(code)
    paid_to = (values.get("PersonalAcc"), values.get("BIC"))
    each = list(suppliers)
    supplier: Supplier | None
    if paid_to == (collection.account, collection.bic):
        supplier = next((one for one in each if one.inn == values.get("ServiceName")), None)
    else:
        supplier = next((one for one in each if paid_to == (one.details.account, one.details.bic)), None)
        if supplier is None:
            raise CodeOfAnotherPayee(field="code")
    number = "".join(values.get("PersAcc", "").split())
    proofs = tuple(
        _proofs(values.get("QuittId"), _kopecks(values.get("Sum")), _kopecks(values.get("AddAmount")))
    )
    if not number or not proofs:
        raise CodeProvesNothing(field="code")
    return ScannedBill(number=number, supplier_id=supplier.id if supplier else None, proofs=proofs)


def _proofs(bill_number: str | None, sum: int | None, beside: int | None) -> Iterable[Proof]:
    if bill_number and len(bill_number) <= 64:
        yield Proof(bill_number=bill_number)
    if sum:
        yield Proof(bill_amount=Money(sum))
    if sum and beside:
        yield Proof(bill_amount=Money(sum + beside))


def _kopecks(digits: str | None) -> int | None:
    if digits is None or not digits.isascii() or not digits.isdigit() or len(digits) > _MOST_DIGITS:
        return None
    return int(digits)

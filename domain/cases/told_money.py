"""What money a decision would move, and where to, in words."""

from collections.abc import Iterator, Sequence

from domain.accounts.ledger import CauseKind, Posting
from domain.cases.effects import Correction, Effect
from domain.cases.file import AccountFile
from domain.cases.forms import Grant, ProposalWords
from domain.kernel.money import ZERO, total
from domain.payments.refunds import Refund

OUTSIDE = "{amount} is granted; no bank account is named, so no payment order is made yet"


def told_money(effects: Sequence[Effect], grant: Grant, file: AccountFile) -> Iterator[ProposalWords]:
    """One sentence for each way money goes. What is set aside for a refund is told as the refund alone."""
    if grant.money and not effects:
        yield ProposalWords(text=OUTSIDE, fields={"amount": str(grant.money)})
    refunds = [one for one in effects if isinstance(one, Refund)]
    yield from (_refund(one, file) for one in refunds)
    for effect in effects:
        match effect:
            case Correction():
                yield from _correction(effect, file)
            case Posting() if effect.cause.kind is CauseKind.COMPENSATION and not refunds:
                yield _words("{amount} is credited to account {number} as money paid ahead", effect, file)
            case Posting() if effect.cause.kind is CauseKind.WRITE_OFF:
                yield _words("{amount} of what account {number} owes is written off", effect, file)


def _words(text: str, posting: Posting, file: AccountFile) -> ProposalWords:
    amount = total(one.amount for one in posting.transfers)
    return ProposalWords(text=text, fields={"amount": str(amount), "number": file.card.account.number})


def _correction(correction: Correction, file: AccountFile) -> Iterator[ProposalWords]:
    less = ZERO - total(one.principal + one.penalty for one in correction.charges)
    if less > ZERO:
        text = (
            "{what}: account {number} owes {amount} less from now on; "
            "the correction stands in the bill of the current month"
        )
        services = dict.fromkeys(one.service_code for one in correction.charges)
        what = ", ".join(file.services.get(code, code) for code in services)
        fields = {"what": what, "number": file.card.account.number, "amount": str(less)}
        yield ProposalWords(text=text, fields=fields)


def _refund(refund: Refund, file: AccountFile) -> ProposalWords:
    fields = {"amount": str(refund.amount)}
    if refund.payee is not None:
        text = "{amount} goes by a payment order to {payee}, bank account {account}, BIC {bic}"
        payee = refund.payee
        fields |= {"payee": payee.name, "account": payee.account, "bic": payee.bic}
    elif refund.to_supplier_account_id is not None:
        text = "{amount} is counted towards what {supplier} is owed"
        fields["supplier"] = file.card.supplier_account(refund.to_supplier_account_id).supplier_name
    elif refund.is_offset:
        text = "{amount} is counted to the account that the application names"
    else:
        text = "{amount} goes back the way it was paid"
    return ProposalWords(text=text, fields=fields)

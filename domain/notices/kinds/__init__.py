"""Every kind of notice, by its name. The union is the registry: a new kind is a file here, a line below and
its templates."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from domain.kernel.errors import NotFound
from domain.notices.kinds.account_added import AccountAdded
from domain.notices.kinds.autopay_ahead import AutopayAhead
from domain.notices.kinds.autopay_trouble import AutopayTrouble
from domain.notices.kinds.bill_ready import BillReady
from domain.notices.kinds.case_registered import CaseRegistered
from domain.notices.kinds.case_step import CaseStep
from domain.notices.kinds.invitation_accepted import InvitationAccepted
from domain.notices.kinds.money_moved import MoneyMoved
from domain.notices.kinds.payment_done import PaymentDone
from domain.notices.kinds.reading_reminder import ReadingReminder
from domain.notices.words import Words

AnyWords = (
    PaymentDone
    | ReadingReminder
    | CaseRegistered
    | CaseStep
    | BillReady
    | AutopayAhead
    | AutopayTrouble
    | MoneyMoved
    | AccountAdded
    | InvitationAccepted
)

KINDS: Mapping[str, type[Words]] = MappingProxyType(
    {str(kind.__struct_config__.tag): kind for kind in get_args(AnyWords)}
)


class KindNotFound(NotFound):
    code = "notice-kind-not-found"
    text = "There is no such kind of notice"
    remedy = "See the kinds at GET /notice-kinds"


def kind_named(name: str) -> type[Words]:
    """KindNotFound."""
    try:
        return KINDS[name]
    except KeyError:
        raise KindNotFound(field="kind") from None

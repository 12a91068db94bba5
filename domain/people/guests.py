"""People who pay or send a reading by an account number, without a sign-in.

That a number is there must be told to whoever pays: money for an account that does not exist would be
nobody's. So it is told once, by the same words for everything that cannot be paid for (unknown, closed,
ambiguous, without such a supplier), and each wrong number is counted by network, as wrong passwords are. For
a reading the number alone tells nothing: the meter's serial must be that account's, and one refusal covers
both.
"""

from domain.kernel.access import Actor, ActorKind, Scope
from domain.kernel.errors import Invalid
from domain.kernel.ids import KABINET, derived

GUEST = Actor(
    kind=ActorKind.SYSTEM,
    id=derived(KABINET, "guest"),
    name="guest",
    scopes=frozenset({Scope.PAY, Scope.READINGS}),
)


class NotPayableByNumber(Invalid):
    code = "not-payable-by-number"
    text = "No payment can be taken for this number"
    remedy = "Check the account number and the supplier on the bill"


class NoSuchMeter(Invalid):
    code = "no-such-meter-by-number"
    text = "There is no such meter under this account number"
    remedy = "Check the account number on the bill and the serial on the meter"

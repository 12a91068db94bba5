"""Whether an act was drawn up as soon after the call as the law wants it.

Source: decree 354, p. 108 (a check of quality within two hours of the call) and 153 (an act on damage within
twelve); p. 110(1) and 153 (the applicant's own act, with two other people, where nobody comes).
"""

from datetime import datetime, timedelta

from domain.cases.forms import Check, CheckResult

UNKNOWN = (
    "The hours of the call and of the act are not both given: the act is due {hours} hours after the call"
)
IN_TIME = "The act was drawn up within {hours} hours of the call (decree 354, p. 108, 153)"
LATE = (
    "The act was drawn up later than {hours} hours after the call: one that the applicant has drawn up with "
    "two other people counts too (decree 354, p. 110(1), 153)"
)


def act_check(what: str, called_at: datetime | None, drawn_at: datetime | None, hours: int) -> Check:
    text, result = UNKNOWN, CheckResult.LOOK
    if called_at and drawn_at:
        is_late = drawn_at > called_at + timedelta(hours=hours)
        text, result = (LATE, CheckResult.LOOK) if is_late else (IN_TIME, CheckResult.FINE)
    return Check.of(what, result, text, hours=str(hours))

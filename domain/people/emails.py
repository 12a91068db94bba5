"""E-mail addresses that our letters can be sent to."""

import re

from domain.kernel.errors import Invalid

MOST_CHARACTERS = 254
"""RFC 5321, 4.5.3.1.3, without the angle brackets."""

# What browsers take in <input type=email> (HTML, 4.10.5.1.5), with at least one dot in the domain.
_ADDRESS = re.compile(
    r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@"
    r"((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)


class EmailInvalid(Invalid):
    code = "email-invalid"
    text = "This is not an e-mail address"
    remedy = "Write it as name@example.ru"


def normalised_email(written: str) -> str:
    """`written` without spaces around it, its domain in lower case. EmailInvalid."""
    found = _ADDRESS.fullmatch(written.strip())
    if found is None or len(found[0]) > MOST_CHARACTERS:
        raise EmailInvalid(field="email")
    return f"{found[1]}@{found[2].lower()}"

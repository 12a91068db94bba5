"""Russian mobile numbers, the only phones one may sign in by (149-FZ art. 8 p. 10)."""

import re
from typing import NewType

from domain.kernel.errors import Invalid

Phone = NewType("Phone", str)
"""A normalised number: "+7" and ten digits, the first of them 9."""

_DECORATION = re.compile(r"[\s()\-.\u00a0\u2010-\u2013]+")
_MOBILE = re.compile(r"(?:\+7|7|8)?(9[0-9]{9})")


class PhoneInvalid(Invalid):
    code = "phone-invalid"
    text = "This is not a Russian mobile number"
    remedy = "Write the number as +7 and ten digits, for example +7 900 000-00-01"


def normalised(written: str, *, field: str = "phone") -> Phone:
    """`written` as "+79000000001". It may begin with +7, 7, 8 or with the ten digits themselves.

    PhoneInvalid when it is anything else.
    """
    found = _MOBILE.fullmatch(_DECORATION.sub("", written))
    if found is None:
        raise PhoneInvalid(field=field)
    return Phone(f"+7{found[1]}")

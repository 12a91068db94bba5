"""What may be kept and logged of an error that stopped a job: its kind and text, no personal data."""

import re

from domain.kernel.errors import Refusal

_EMAIL = re.compile(r"[\w.+%-]+@[\w.-]*\w")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\d(?:[\s()-]{0,2}\d){5,}")
_LONGEST_CHARS = 300


def described(error: BaseException) -> str:
    """One line such as "ConnectError: no route to host". The values a driver adds after the first
    line are dropped; e-mails and numbers of six digits and more (phones, accounts, cards) are masked."""
    lines = str(error).splitlines()
    name = f"{type(error).__name__}({error.code})" if isinstance(error, Refusal) else type(error).__name__
    return f"{name}: {masked(lines[0])}"[:_LONGEST_CHARS] if lines else name


def masked(text: str) -> str:
    """The text without e-mails and long numbers. Our own UUIDs stay: they name a row, not a person."""
    kept: list[str] = []
    end = 0
    for match in _UUID.finditer(text):
        kept += [_without_data(text[end : match.start()]), match.group()]
        end = match.end()
    return "".join([*kept, _without_data(text[end:])])


def _without_data(text: str) -> str:
    return _NUMBER.sub("…", _EMAIL.sub("…", text))

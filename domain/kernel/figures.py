"""How a figure is written for people, the same wherever they meet it."""

from decimal import Decimal

_MARKS = str.maketrans({",": "\u00a0", ".": ",", "-": "−"})


def figure(value: Decimal | int) -> str:
    """“1 078,87”: as on bills, meters and in every sum, whatever the language of the words around
    (a comma is an English decimal sign as well by ISO 80000-1)."""
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.translate(_MARKS)

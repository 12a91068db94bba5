"""Claims of legal entities. A new kind: its file, and its name here."""

from domain.cases.forms import Form

FORMS: tuple[type[Form], ...] = ()

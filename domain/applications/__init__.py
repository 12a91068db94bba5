"""Applications of residents. A new kind: its file, and its name here."""

from domain.cases.forms import Form

FORMS: tuple[type[Form], ...] = ()

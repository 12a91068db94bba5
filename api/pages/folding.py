"""What a template says in plain words, and the addresses of its files, are the same on every page of a
language: they are put in once, when the template is read, not each time it is filled."""

import re
from collections.abc import Callable
from typing import cast

from jinja2.ext import Extension
from markupsafe import Markup

_SAID = re.compile(r"""\{\{ (_|asset)\((["'])([^"'\\]+)\2((?:, \w+=[^,(){}]+)*)\) \}\}""")
"""`{{ _("To pay") }}`, `{{ asset('style.css') }}`, `{{ _("Owed: %(sum)s", sum=debt|string) }}`."""
_FILLED = re.compile(r", (\w+)=([^,]+)")
_PLACE = re.compile(r"%\((\w+)\)s")


def translating(gettext: Callable[[str], str]) -> Callable[..., Markup]:
    """What Jinja's own does, but without asking for a context. What fills a place is escaped."""
    # Texts are from our templates and catalogues.
    return lambda text, **places: Markup(gettext(text)) % places  # noqa: S704


class Folded(Extension):
    """A place of a text becomes the expression that fills it. Jinja's own `_` and `asset` still serve where
    the text is itself an argument, has a filter or is filled by a call."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _SAID.sub(self._folded, source)

    def _folded(self, said: re.Match[str]) -> str:
        function = cast(Callable[..., str], self.environment.globals[said[1]])
        if said[1] == "asset":
            return function(said[3])
        filled = dict(_FILLED.findall(said[4]))
        # Each place stands for itself while the text is translated, then its expression takes it.
        text = function(said[3], **{place: f"%({place})s" for place in filled})
        return _PLACE.sub(lambda place: f"{{{{ {filled[place[1]]} }}}}", text)

"""Documents on paper: what they say, and the port that sets them."""

from typing import Protocol

import msgspec


class Document(msgspec.Struct, frozen=True, kw_only=True, tag_field="document"):
    """What stands in a document. Its tag is the name of the template; each feature declares its own."""


class Documents(Protocol):
    async def pdf(self, document: Document) -> bytes:
        """PDF/A-2b. The same content gives the same bytes."""

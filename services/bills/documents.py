"""The bill as a file: set from its frozen bytes, the same bytes each time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from domain.bills.bills import thawed
from domain.bills.paper import CodeDots, paper
from domain.kernel.documents import Documents


@dataclass(frozen=True, slots=True)
class BillDocuments:
    """`translate` gives the words of the paper's language."""

    documents: Documents
    codes: CodeDots
    translate: Callable[[str], str]

    async def pdf(self, body: bytes) -> bytes:
        """PDF/A-2b."""
        document = await asyncio.to_thread(paper, thawed(body), self.codes, self.translate)
        return await self.documents.pdf(document)

"""What letters need of the readings: their workbooks are received, answered and made there."""

from collections.abc import Sequence
from typing import Protocol

from domain.kernel.access import Access
from domain.kernel.ids import ReadingFileId
from domain.readings.files import ReadingFile
from domain.readings.readings import ReadingSource
from domain.readings.replies import Translate


class ReadingDesk(Protocol):
    async def receive(
        self,
        access: Access,
        file_id: ReadingFileId,
        *,
        name: str,
        body: bytes,
        source: ReadingSource,
        message_id: str | None = None,
    ) -> tuple[ReadingFile, bool]:
        """Keep it and promise to judge it. A Refusal where it cannot be taken."""

    async def reply(
        self, access: Access, file_id: ReadingFileId, languages: Sequence[Translate]
    ) -> tuple[str, bytes]:
        """The name it came under and the workbook marked, as .xlsx."""

    async def template(self, access: Access, translate: Translate) -> tuple[str, bytes]:
        """The account's number, and its workbook to be filled in."""

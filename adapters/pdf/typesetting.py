"""PDF by typst: templates and fonts of ours, data passed as JSON and never as markup, no network.

A run of typst may not be shared between threads: each thread of the pool makes its own.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import msgspec
import typst

from domain.kernel.documents import Document

_HERE = Path(__file__).parent
TEMPLATES = _HERE / "documents"
FONTS = _HERE / "fonts"
_ANY_DAY = 1_767_225_600
"""The creation date written into every file (2026-01-01), so that the same content is the same bytes."""


@cache
def _fonts() -> typst.Fonts:
    """Looked through once: read anew for each paper they were a tenth of its time."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def typeset(template: str, data: bytes) -> bytes:
    """`template` is a file of documents/ without its ending; it reads `data`, JSON, as `sys.inputs.data`."""
    return typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=["a-2b"],
        sys_inputs={"data": data.decode()},
        timestamp=_ANY_DAY,
    )


class TypstDocuments:
    """The port Documents. `threads` set at the same time; others wait."""

    def __init__(self, threads: int = 2) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="typst")

    async def pdf(self, document: Document) -> bytes:
        template = document.__struct_config__.tag
        assert isinstance(template, str)
        data = msgspec.json.encode(document)
        return await asyncio.get_running_loop().run_in_executor(self._pool, typeset, template, data)

"""A case as its pages tell it, the customer's and the office's alike."""

import msgspec

from api.attachment_shapes import AttachmentOut
from api.case_shapes import CaseOut
from api.form_schema import schema
from api.pages.account_options import AccountOptions
from api.pages.drawing import Drawing
from api.pages.told_forms import Line, told_lines
from domain.cases.attachments import Attachments
from domain.cases.cases import Case
from domain.kernel.access import Access
from domain.kernel.calendar import business_day
from domain.kernel.ids import CaseId
from services.cases.reading import CaseReading


class ToldCase(msgspec.Struct, frozen=True, kw_only=True):
    """`kept` is the case itself, `case` what is shown of it, `files` what was laid to it."""

    kept: Case
    case: CaseOut
    files: list[AttachmentOut]


async def told_case(
    reading: CaseReading, attachments: Attachments, access: Access, case_id: CaseId, language: str
) -> ToldCase:
    """CaseNotFound."""
    view, clock = await reading.told(access, case_id)
    today = business_day(access.at, reading.zone)
    files = await attachments.listed(access, case_id)
    return ToldCase(
        kept=view.case,
        case=CaseOut.told(view, clock, access.actor, today, language),
        files=[AttachmentOut.of(one, language) for one in files],
    )


async def filed_lines(options: AccountOptions, access: Access, case: Case, language: str) -> list[Line]:
    """What the applicant has filled in, in words."""
    form = schema(type(case.form), language)
    drawing = Drawing(form, await options.of(access, language, with_removed=True), options.zone)
    return told_lines(drawing, msgspec.to_builtins(case.form), language)

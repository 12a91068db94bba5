"""Papers as typst sets them."""

import asyncio

from adapters.pdf.typesetting import TypstDocuments
from domain.cases.answer_letter import AnswerLetter, AnswerLine

LETTER = AnswerLetter(
    company_name="АО «Пример энергосбыт»",
    company_contacts="8 800 000-00-00, example.test",
    applicant="Иванова Мария Петровна",
    address="г. Тюмень, ул. Республики, д. 1, кв. 2",
    account_number="7200000001",
    case_number="К-2026-000123",
    title="Перерасчёт платы",
    received_on="02.11.2026",
    answered_on="12.11.2026",
    outcome="удовлетворено",
    amount="1 240,50 ₽",
    answer="Здравствуйте!\n\nМы пересчитали плату.\n#set page(fill: red) — и это только текст.",
    lines=(AnswerLine(what="Горячая вода, октябрь 2026", before="1 240,50 ₽", after="0,00 ₽"),),
    rule="ПП РФ 354, п. 91",
    signed_by="И. С. Петрова",
    signed_post="специалист",
    appeal_words="Ответ можно обжаловать в кабинете в течение года.",
)


async def test_the_same_content_is_the_same_pdf():
    documents = TypstDocuments()
    one, two = await asyncio.gather(documents.pdf(LETTER), documents.pdf(LETTER))
    assert one.startswith(b"%PDF-1.7")
    assert b"pdfaid" in one
    assert b"PTSans" in one.replace(b"-", b"").replace(b" ", b"")
    assert one == two

"""What a column is, by the words of its heading: the names that forms of energy companies, their
customers and metering programs use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import msgspec

from domain.readings.meters import Direction
from domain.readings.workbook.cells import day_in_words
from domain.readings.workbook.zones import NamedZone, ZoneWords, direction_within, zone_within
from domain.readings.workbook_rows import WorkbookField as F


class Heading(msgspec.Struct, frozen=True):
    """`weight` tells apart columns of one kind: the higher is what the table means by it."""

    field: F
    weight: int = 1
    zone: NamedZone | None = None
    direction: Direction | None = None
    day: date | None = None


_METER = r"(счетчик|прибор\w* уч|приб\. ?уч|\bпу\b|\bипу\b|\bопу\b|\bодпу\b|\bэсч\b|\bпри?у\b|meter)"
_PREVIOUS = r"\bпред(ыд|\.|ш|\b)|прошл|началь|на начало|\bнач\b|previous"
_CURRENT = r"текущ|\bтек\b|конечн|на конец|\bкон\b|\bнов(ое|ые)\b|current"
_NOT_THE_METER = (
    r"\bтт\b|\bтн\b|трансформ|пломб|модем|\bсим\b|\bsim\b|договор|контракт|лицев|тип|уста[нм]|узла"
)

# First match decides: field, weight, what the heading has, what it may not have.
_RULES: Sequence[tuple[F, int, str, str]] = (
    (F.OTHER, 1, r"повер(к|ен)|\bмпи\b|опломб|\bпломб|год вып|выпуска|ввод|дата уст|дата зам", r"показан"),
    (F.PREVIOUS_ON, 1, rf"(дата|date).*({_PREVIOUS})|({_PREVIOUS}).*дата", r"^показан"),
    (
        F.TAKEN_ON,
        2,
        r"дата.*(снят|съем|показан|тек|передач|конеч)|(снят|текущ|конеч).*дата",
        r"показан\w* на",
    ),
    (F.OTHER, 1, r"дата (договор|рожд|акт)|дата и номер", ""),
    (F.TAKEN_ON, 1, r"^дата|^число$|\bdate\b", r"показан\w* на"),
    (F.RATIO, 1, r"коэф|\bктт\b|\bктн\b|\bктр|\bк\.? ?тр|\bкт\b|ratio", ""),
    (F.SERIAL, 3, r"завод|\bзав\b|серийн|serial", _NOT_THE_METER),
    (F.SERIAL, 2, rf"(№|номер|\bn\b|\bno\b).*{_METER}|{_METER}.*(№|номер|\bn\b)", _NOT_THE_METER),
    (F.ACCOUNT, 1, r"договор|контракт|лицев|\bл ?/ ?с\b|\bлс\b|\bелс\b", r"показан"),
    (F.DIRECTION, 1, r"направлен|(вид|род|тип) (эл\w*\.? ?)?энерг|direction", r"показан"),
    (F.METER_TYPE, 1, r"\bтип\b|марк[аи]|модель|model", r"показан"),
    (F.NOTE, 1, r"примеч|коммент|замечан|причин|состоян|статус|\bnote", r"показан"),
    (F.DIFFERENCE, 1, r"разн(ост|иц)|\bразн\b", ""),
    (F.LOSSES, 1, r"потер", r"показан"),
    (F.DEDUCTION, 1, r"вычет|субабон|субпотреб|транзит", r"показан"),
    (F.CONSUMPTION, 1, r"расход|объем|потреблено|потреблени[ея]\b|кол-?во|количеств|consumption", r"показан"),
    (F.TOTAL, 1, r"^(итого|всего)|к оплате|^сумма|стоимост|начислен", r"показан"),
    (F.PREVIOUS, 2, _PREVIOUS, r"представ|предпри"),
    (F.PREVIOUS, 1, r"последн.*(учтен|принят|расч)|учтенн|расчетн\w* показан", _CURRENT),
    (F.VALUE, 3, _CURRENT, ""),
    (F.VALUE, 1, r"последн|last", ""),
    (F.VALUE, 2, r"показ(ан|\.|\b)|\bпередан|\bснят|reading", ""),
    (F.POINT_CODE, 1, r"код.*(тп|точк|объект|\bту\b)|(№|номер).*точк|\bтп\b.*код", ""),
    (F.NUMBER, 1, r"^(№|n|no)?\W*п\W?п\W*$|^(№|n|no|номер)\W*$|^№ ?(строки|записи)", ""),
    (F.ADDRESS, 1, r"адрес|address", ""),
    (F.PLACE, 1, r"\bместо|располож|помещен|квартир", ""),
    (F.POINT, 1, r"объект|\bточк|потребит|наименован|фио|\bф\.? ?и\.? ?о|абонент|владел", ""),
    (F.ZONE, 2, r"зон[аыу]?\b|тарифн\w* (зон|план)|шкал|регистр|\bzone", r"^(зона|шкала) ?№? ?[0-9]$"),
    (F.ZONE, 1, r"тариф|ставк|врем\w* суток|период суток", r"^тариф ?№? ?[0-9]$"),
    (F.SERIAL, 1, rf"^{_METER}\w*( учета)?( электр\w*)?$|^прибор$", ""),
)
_COMPILED = [
    (field, weight, re.compile(has), re.compile(lacks) if lacks else None)
    for field, weight, has, lacks in _RULES
]
_IN_WIDE = {F.VALUE, F.PREVIOUS, F.CONSUMPTION, F.DIFFERENCE, F.LOSSES, F.TOTAL}
_DAY = re.compile(r"[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SPACES = re.compile(r"[\s_]+")
HEADING_CHARS = 300


def plain(heading: str) -> str:
    """In lower case and one line, without the marks that part words at a line's end."""
    return _SPACES.sub(" ", heading.lower().replace("ё", "е").replace("­", "")).strip(" :;*")[:HEADING_CHARS]


def heading(written: str, words: ZoneWords) -> Heading | None:
    """None when the words say nothing."""
    said = plain(written)
    if not said:
        return None
    field, weight = _kind(said)
    if field is not None and field not in _IN_WIDE:
        return Heading(field, weight)
    zone, way = zone_within(said, words), direction_within(said)
    if field is None:
        # "T1" or "A+" alone over figures: the header's upper row may have said of what.
        return Heading(F.VALUE, 0, zone, way) if zone or way else None
    return Heading(field, weight, zone, way, _day(said))


@lru_cache(maxsize=4096)
def _kind(said: str) -> tuple[F | None, int]:
    for field, weight, has, lacks in _COMPILED:
        if has.search(said) and not (lacks and lacks.search(said)):
            return field, weight
    return None, 0


def _day(said: str) -> date | None:
    days = {found for one in _DAY.findall(said) if (found := day_in_words(one))}
    return days.pop() if len(days) == 1 else None

"""Readings, their files, letters and applications as sheets of the copy of one's data."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from api.case_shapes import CaseDecisionOut, CaseStepOut
from api.my_data_columns import Column, columns_of, of_pairs
from api.my_data_records import (
    CaseDraftItem,
    CaseFileItem,
    CaseItem,
    GatheredRecords,
    LetterItem,
    ReadingFileItem,
    ReadingItem,
    WebhookItem,
)
from api.reading_shapes import VerdictOut
from api.visits import VisitOut

READING = columns_of(
    ReadingItem,
    ("Account", lambda one: one.account_number),
    ("Meter", lambda one: one.meter_serial),
    ("Taken on", lambda one: one.reading.taken_on),
    ("Received", lambda one: one.reading.received_at),
    ("Came by", lambda one: one.reading.source_text),
    ("Comment", lambda one: one.reading.comment),
    ("Why I insisted", lambda one: one.reading.insistence.comment if one.reading.insistence else None),
)
FIGURE = columns_of(
    VerdictOut,
    ("Zone", lambda one: one.zone_label),
    ("Direction", lambda one: one.direction.value),
    ("Figure", lambda one: one.value),
    ("State", lambda one: one.state_text),
    ("Used since the last figure", lambda one: one.consumption),
    ("Reason", lambda one: " ".join(found.text for found in one.findings)),
)
READING_FILE = columns_of(
    ReadingFileItem,
    ("Account", lambda one: one.account_number),
    ("File", lambda one: one.file.name),
    ("Received", lambda one: one.file.received_at),
    ("Came by", lambda one: one.file.source.value),
    ("Sender", lambda one: one.file.sent_by),
    ("State", lambda one: one.file.state.value),
    ("Figures in it", lambda one: one.file.counts.rows),
    ("Not accepted", lambda one: one.file.counts.refused),
)
LETTER = columns_of(
    LetterItem,
    ("Received", lambda one: one.received_at),
    ("Sender", lambda one: one.sender),
    ("Subject of the letter", lambda one: one.subject),
    ("File", lambda one: ", ".join(one.files)),
    ("State", lambda one: one.why),
)
CASE = columns_of(
    CaseItem,
    ("Account", lambda one: one.account_number),
    ("Number", lambda one: one.number),
    ("What was asked", lambda one: one.title),
    ("Received", lambda one: one.received_at),
    ("Filed by", lambda one: one.by.name),
    ("State", lambda one: one.state_words),
    ("Answer due", lambda one: one.due_on),
    ("The form", lambda one: _json(one.form)),
)
NUMBER = columns_of(CaseItem, ("Number", lambda one: one.number))
CASE_STEP = columns_of(
    CaseStepOut,
    ("When", lambda one: one.at),
    ("Who", lambda one: one.by.name),
    ("What happened", lambda one: one.words),
    ("Words", lambda one: one.public_note),
)
CASE_DECISION = columns_of(
    CaseDecisionOut,
    ("When", lambda one: one.at),
    ("Who", lambda one: one.by.name),
    ("Answer", lambda one: one.answer),
    ("By which rule", lambda one: one.rule),
    ("What was granted", lambda one: _json(one.grant) if one.grant else None),
)
CASE_FILE = columns_of(
    CaseFileItem,
    ("File", lambda one: one.name),
    ("When", lambda one: one.announced_at),
    ("Who", lambda one: one.by),
    ("Bytes", lambda one: one.size_bytes),
)
CASE_VISIT = columns_of(
    VisitOut,
    ("When", lambda one: one.starts_at),
    ("What for", lambda one: one.purpose_words),
    ("State", lambda one: one.state_words),
    ("Who", lambda one: one.booked_by),
    ("Words", lambda one: one.note),
)
WEBHOOK = columns_of(
    WebhookItem,
    ("Account", lambda one: one.account_number),
    ("Address", lambda one: one.url),
    ("When", lambda one: one.made_at),
    ("Who", lambda one: one.made_by),
)
CASE_DRAFT = columns_of(
    CaseDraftItem,
    ("Account", lambda one: one.account_number),
    ("Last change", lambda one: one.draft.changed_at),
    ("The form", lambda one: _json(one.draft.content)),
)


def _json(content: object) -> str:
    """What has no columns of its own."""
    return msgspec.json.encode(content).decode()


def of_records(data: GatheredRecords) -> list[tuple[str, Sequence[Column], Iterable[Any]]]:
    """Title, columns and items of each sheet. A reading has a row for each figure; applications have five
    sheets."""
    figures = [(one, value) for one in data.readings for value in one.reading.values]
    steps = [(one, step) for one in data.cases for step in one.steps]
    decisions = [(one, decision) for one in data.cases for decision in one.decisions]
    files = [(one, file) for one in data.cases for file in one.files]
    visits = [(one, visit) for one in data.cases for visit in one.visits]
    return [
        ("My readings", of_pairs(READING, FIGURE), figures),
        ("My files of readings", READING_FILE, data.reading_files),
        ("Letters that came", LETTER, data.letters),
        ("My applications and claims", CASE, data.cases),
        ("Their steps", of_pairs(NUMBER, CASE_STEP), steps),
        ("Their decisions", of_pairs(NUMBER, CASE_DECISION), decisions),
        ("Their files", of_pairs(NUMBER, CASE_FILE), files),
        ("Their visits", of_pairs(NUMBER, CASE_VISIT), visits),
        ("My drafts", CASE_DRAFT, data.case_drafts),
        ("Webhooks", WEBHOOK, data.webhooks),
    ]

"""Rules of consents, of what is kept and how long, and that their words are there in Russian."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from api.consents import FOLLOWS
from api.my_data_record_sheets import (
    CASE,
    CASE_DECISION,
    CASE_DRAFT,
    CASE_FILE,
    CASE_STEP,
    CASE_VISIT,
    FIGURE,
    LETTER,
    READING,
    READING_FILE,
    WEBHOOK,
    of_records,
)
from api.my_data_records import GatheredRecords
from api.my_data_sheets import (
    ACCOUNT,
    CHARGE,
    CONSENT,
    MEMBERSHIP,
    PAYMENT,
    PROFILE,
    SESSION,
    STATEMENT,
    VIEW,
    WHY,
)
from api.texts import catalogue
from api.views import SEEN, seen
from domain.people.consents import (
    Channel,
    Consent,
    Document,
    DocumentTextDiffers,
    Purpose,
    is_stopped,
    needed,
    unanswered,
)
from domain.people.erasure import CONTRACT, CONTRACT_BASIS, RIGHTS, RIGHTS_BASIS, WHAT, staying
from domain.people.retention import BASES, RetentionTerms, Sort

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TERMS = RetentionTerms(
    days={sort: 1827 if sort in {Sort.PAYMENTS, Sort.LEDGER} else 90 for sort in Sort},
)


def document(purpose=Purpose.RULES, version=1, text="Текст"):
    return Document.written(
        uuid4(), purpose, version=version, valid_from=date(2026, 1, 1), title="Документ", text=text
    )


def yes(to, at=NOON):
    return Consent.given(
        uuid4(), uuid4(), to, shown=to.sha256, at=at, channel=Channel.CABINET, ip="203.0.113.7", device=""
    )


def test_a_consent_is_to_the_text_that_was_shown():
    rules = document()
    assert yes(rules).sha256 == rules.sha256
    with pytest.raises(DocumentTextDiffers):
        Consent.given(
            uuid4(), uuid4(), rules, shown=b"other", at=NOON, channel=Channel.CABINET, ip="", device=""
        )


def test_a_new_version_asks_again():
    old, new = document(version=1), document(version=2)
    assert unanswered([old], [yes(old)]) == []
    assert unanswered([new], [yes(old)]) == [new]


def test_only_rules_and_personal_data_are_needed():
    documents = [document(purpose) for purpose in Purpose]
    assert {one.purpose for one in needed(documents, [])} == {Purpose.RULES, Purpose.PERSONAL_DATA}
    assert needed(documents, [yes(documents[0]), yes(documents[1])]) == []


def test_a_withdrawal_is_for_good():
    consent = yes(document())
    withdrawn = consent.withdrawn(NOON + timedelta(days=1))
    assert withdrawn.withdrawn_at == NOON + timedelta(days=1)
    assert withdrawn.withdrawn(NOON + timedelta(days=2)) == withdrawn
    assert consent.withdrawn(NOON - timedelta(days=1)).withdrawn_at == NOON  # a clock that went back
    assert unanswered([one := document()], [yes(one).withdrawn(NOON)]) == [one]


def test_what_was_never_agreed_to_is_not_stopped():
    letters = document(Purpose.EMAIL_NOTICES)
    given = yes(letters)
    assert not is_stopped(Purpose.EMAIL_NOTICES, [])
    assert not is_stopped(Purpose.EMAIL_NOTICES, [given, yes(document()).withdrawn(NOON)])
    assert is_stopped(Purpose.EMAIL_NOTICES, [given.withdrawn(NOON)])
    assert not is_stopped(Purpose.EMAIL_NOTICES, [given.withdrawn(NOON), yes(letters)])


def test_accounting_documents_are_kept_five_years_after_their_year():
    assert TERMS.until(Sort.PAYMENTS, date(2026, 1, 2)) == date(2032, 1, 1)
    assert TERMS.until(Sort.PAYMENTS, date(2026, 12, 31)) == date(2032, 1, 1)
    assert TERMS.until(Sort.VIEWS, date(2026, 1, 1)) == date(2026, 4, 1)
    assert TERMS.over_before(Sort.VIEWS, NOON) == NOON - timedelta(days=90)


def test_all_that_stays_has_its_law():
    found = staying(TERMS, date(2026, 11, 22))
    assert all(one.basis for one in found)
    assert [one.until is None for one in found] == [True, True, *[False] * len(WHAT)]


def test_a_look_by_an_unknown_route_is_told_in_general_words():
    assert seen("GET /api/v1/accounts/{account_id}", "en") == "The account and its balance"
    assert seen("GET /api/v1/accounts/{account_id:uuid}/payments/{payment_id:uuid}", "en") == "Payments"
    assert seen("GET /api/v1/accounts/{account_id:uuid}/weather", "en") == "Other data of the account"
    assert seen("something else", "en") == "Other data of the account"
    assert seen("office/cases", "en") == seen("GET /office/accounts/…/cases/…/decision", "en")


def test_the_words_are_there_in_russian():
    columns = (
        *PROFILE,
        *ACCOUNT,
        *CHARGE,
        *PAYMENT,
        *WHY,
        *STATEMENT,
        *MEMBERSHIP,
        *CONSENT,
        *SESSION,
        *VIEW,
        *(
            *READING,
            *FIGURE,
            *READING_FILE,
            *LETTER,
            *CASE,
            *CASE_STEP,
            *CASE_DECISION,
            *CASE_DRAFT,
            *CASE_FILE,
            *CASE_VISIT,
            *WEBHOOK,
        ),
    )
    texts = {column.heading for column in columns} | set(FOLLOWS.values()) | set(SEEN.values())
    nothing = {name: [] for name in GatheredRecords.__struct_fields__}
    texts |= {title for title, *_ in of_records(GatheredRecords(**nothing))}
    texts |= (
        set(BASES.values()) | {what for _, what in WHAT} | {CONTRACT, CONTRACT_BASIS, RIGHTS, RIGHTS_BASIS}
    )
    russian = catalogue("ru")
    assert sorted(text for text in texts if russian.gettext(text) == text) == []

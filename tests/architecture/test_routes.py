"""What holds for every route of the real application."""

import msgspec
import pytest

from api import (
    account_changes,
    account_search,
    accounts,
    answer_examples,
    approvals,
    attachments,
    autopay,
    bill_lines,
    case_moves,
    cases,
    consents,
    contacts,
    delegation,
    description,
    examples,
    guests,
    identity_providers,
    mail,
    meters,
    my_data,
    notice_preferences,
    office_cases,
    office_decisions,
    office_plates,
    office_visits,
    passkeys,
    payment_methods,
    payments,
    penalty_settings,
    people,
    powers,
    problems,
    reading_decisions,
    reading_shapes,
    reconciliation,
    refunds,
    second_factor,
    sign_ups,
    staff,
    staff_passwords,
    suspense,
    systems,
    terminals,
    visits,
    webhooks,
)
from api.identity import undeclared_routes
from api.paging import Page
from domain.readings.acts import VisitAct
from infra.app import create

NO_EXAMPLE = (
    "provider-events",
    "imports",
    "registries/{registry_id}",
    "notice-stops",
    "passkeys/registration-options",
    "passkeys/sign-in-options",
    "powers/{power_id}/confirmation",
    "letters/{letter_id}/reading",
    "mail-senders",
    "receipts/{receipt_id}/retry",
    "autopay-stops",
    "office/reconciliation/{day}",
    "suppliers/{inn}/registries/{day}",
    "webhooks/{endpoint_id}/secret",
    "readings/files/",
    "claims/files/",
    "attachments/{attachment_id}/content",
)
"""Their bodies are a stranger's, a file, or nothing."""
OPERATIONS = {"get", "put", "post", "delete"}
SHAPES = {
    "resolve_suspense": suspense.ResolutionIn,
    "explain_discrepancy": reconciliation.ExplanationIn,
    "return_suspense": suspense.ReturnIn,
    "release_letter": mail.ReleaseIn,
    "reject_letter": mail.RejectionIn,
    "send_reading": reading_shapes.ReadingIn,
    "insist": reading_decisions.InsistenceIn,
    "decide": reading_decisions.DecisionIn,
    "add_system": systems.NewSystem,
    "add_system_key": systems.NewKey,
    "sign_in": people.SignIn,
    "sign_in_staff": people.StaffSignIn,
    "pass_second_factor": people.SecondStep,
    "enrol_second_factor": second_factor.NewFactor,
    "confirm_second_factor": second_factor.FactorCodeOnly,
    "renew_fallback_codes": second_factor.FactorCodeOnly,
    "set_reckoned_by": penalty_settings.ReckonedByIn,
    "set_debtor": penalty_settings.DebtorIn,
    "add_staff": staff.NewStaff,
    "change_role": staff.RoleChange,
    "disable_staff": staff.Because,
    "enable_staff": staff.Because,
    "reset_second_factor": staff.Because,
    "reset_staff_password": staff.Because,
    "set_staff_password": staff_passwords.StaffPassword,
    "approve": approvals.Decision,
    "correct_receipts": approvals.Decision,
    "put_autopay": autopay.AutopayIn,
    "refuse": approvals.Decision,
    "refresh_session": people.Refresh,
    "add_account": people.NewAccount,
    "start_sign_up": sign_ups.PhoneOnly,
    "confirm_sign_up": sign_ups.SignUpConfirmed,
    "send_sign_in_code": sign_ups.PhoneOnly,
    "sign_in_by_code": sign_ups.CodeSignIn,
    "send_reset_code": sign_ups.PhoneOnly,
    "reset_password": sign_ups.PasswordReset,
    "change_phone": contacts.NewPhone,
    "confirm_phone": contacts.PhoneConfirmed,
    "change_email": contacts.NewEmail,
    "confirm_email": contacts.EmailConfirmed,
    "change_password": contacts.NewPassword,
    "change_preferences": notice_preferences.PreferencesIn,
    "publish_document": consents.NewDocument,
    "give_consent": consents.ConsentIn,
    "erase_me": my_data.EraseMe,
    "add_passkey": passkeys.NewPasskey,
    "sign_in_by_passkey": passkeys.PasskeySignIn,
    "begin_sign_in": identity_providers.SignInBeginning,
    "sign_in_by_identity": identity_providers.CameBackIn,
    "link_identity": identity_providers.CameBackIn,
    "add_account_by_code": account_changes.ScannedCode,
    "check_bill": account_changes.ScannedCode,
    "wonder": bill_lines.WhatIfIn,
    "transfer_account": account_changes.TransferIn,
    "close_account": account_changes.ClosureIn,
    "close_account_as_staff": account_changes.StaffClosureIn,
    "invite": delegation.InvitationIn,
    "change_member": delegation.GrantIn,
    "accept_invitation": delegation.CodeIn,
    "present_power": powers.PowerIn,
    "refuse_power": powers.RefusalIn,
    "check_at_terminal": terminals.TerminalCheckIn,
    "pay_at_terminal": terminals.TerminalPaymentIn,
    "pay_as_guest": guests.GuestPaymentIn,
    "send_reading_as_guest": guests.GuestReadingIn,
    "register_plate": office_plates.PlateIn,
    "put_on_plate": office_plates.PlateSumIn,
    "order_refund": refunds.OrderIn,
    "confirm_refund": refunds.PaidOutIn,
    "fail_refund": refunds.SentBackIn,
    "preview_payment": payments.WishIn,
    "start_payment": payments.WishIn,
    "file_application": cases.ApplicationIn,
    "register_webhook": webhooks.WebhookIn,
    "replay_webhook": webhooks.ReplayIn,
    "propose_application": cases.ApplicationIn,
    "file_claim": cases.ClaimIn,
    "propose_claim": cases.ClaimIn,
    "file_enquiry": cases.EnquiryIn,
    "reply_to_case": case_moves.ReplyIn,
    "withdraw_case": case_moves.WithdrawalIn,
    "appeal_case": case_moves.AppealIn,
    "search_accounts": account_search.SearchIn,
    "take_case": office_cases.TakeIn,
    "hand_case_over": office_cases.HandOverIn,
    "ask_applicant": office_cases.QuestionIn,
    "promise_later_day": office_cases.PromiseIn,
    "send_case_on": office_cases.SendingOnIn,
    "note_on_case": office_decisions.WordsIn,
    "answer_by_phone": office_decisions.PhoneAnswerIn,
    "decide_case": office_decisions.VerdictIn,
    "preview_decision": office_decisions.VerdictIn,
    "execute_case": office_decisions.WordsIn,
    "close_case": office_cases.TakeIn,
    "reopen_case": office_decisions.WordsIn,
    "keep_draft": dict,
    "book_visit": visits.BookingIn,
    "cancel_visit": visits.CallingOffIn,
    "put_visit_act": VisitAct,
    "offer_visit_slots": office_visits.SlotsIn,
    "announce_attachment": attachments.AttachmentIn,
}
ANSWERS = {
    "sign_in": people.SessionOut,
    "sign_in_staff": people.SessionOut,
    "pass_second_factor": people.SessionOut,
    "confirm_second_factor": second_factor.FallbackCodes,
    "refresh_session": people.SessionOut,
    "add_account": people.AccountAdded,
    "get_account": accounts.AccountOut,
    "get_meter": meters.MeterOut,
    "list_methods": list[payment_methods.MethodOut],
    "list_payments": Page[payments.PaymentSummary],
}


@pytest.fixture(scope="module")
def app():
    return create()


@pytest.fixture(scope="module")
def operations(app):
    schema = description.made(app).to_schema()
    assert schema["openapi"].startswith("3.1")
    return {
        f"{method.upper()} {path}": operation
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in OPERATIONS
    }


def test_every_route_says_who_may_come_in(app):
    assert undeclared_routes(app) == []


def test_every_operation_is_described(operations):
    for name, operation in operations.items():
        assert operation["summary"], name
        assert " " in operation["summary"], name
        if name.startswith(("PUT", "POST")) and not any(word in name for word in NO_EXAMPLE):
            [content] = operation["requestBody"]["content"].values()
            assert content["example"], name


def test_every_error_has_the_shape_of_a_problem(operations):
    for name, operation in operations.items():
        for status, answer in operation["responses"].items():
            if status.startswith("4"):
                assert list(answer["content"]) == ["application/problem+json"], (name, status)


def test_lists_say_what_they_hold(app):
    """A list of "this or anything" says nothing: whoever makes a client of the description gets no type."""
    schemas = description.made(app).to_schema()["components"]["schemas"]
    vague = [
        f"{name}.{word}"
        for name, schema in schemas.items()
        for word, told in schema.get("properties", {}).items()
        if {} in (told.get("items") or {}).get("oneOf", ())
    ]
    assert vague == []


@pytest.mark.parametrize("name", examples.REQUESTS)
def test_examples_of_requests_are_accepted(name):
    msgspec.convert(examples.REQUESTS[name], SHAPES[name])


@pytest.mark.parametrize("name", answer_examples.ANSWERS)
def test_examples_of_answers_have_their_shape(name):
    msgspec.convert(answer_examples.ANSWERS[name], ANSWERS[name])


def test_the_example_of_a_problem_has_its_shape():
    msgspec.convert(examples.PROBLEM, problems.Problem)

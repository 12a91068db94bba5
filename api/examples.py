"""Requests for the API description, by the name of the handler. Tests decode each by its schema."""

from typing import Any

ACCOUNT = "01a20000-0000-7000-8000-000000000001"
_PERSON = "01a20000-0000-7000-8000-0000000000cc"


def kopecks(amount: int) -> dict[str, int]:
    return {"kopecks": amount}


_CREDENTIAL = {"id": "q6urq6urq6urq6urq6urqw", "type": "public-key"}
_ATTESTATION = {"clientDataJSON": "eyJ0eXBlIjoi", "attestationObject": "o2NmbXRkbm9uZQ"}
_ASSERTION = {
    "clientDataJSON": "eyJ0eXBlIjoi",
    "authenticatorData": "SZYN5YgOjGh0",
    "signature": "MEUCIQDx",
    "userHandle": "AaIAAAAAcACAAAAAAAAAAQ",
}
_CAME_BACK = {
    "state": "0f8b4c9e-5d1a-4c1e-9f0a-3d2b1c0a9e8d",
    "code": "SplxlOBeZQQYbYS6WxSbIA",
    "secret": "…",
}
_WISH = {"amount": kopecks(200000), "method": "sbp", "period": "2026-10"}

_CONSENT = {"document_id": "01990000-0000-7000-8000-000000000001", "sha256": "5d" * 32}
_APPLICATION = {
    "form": {
        "kind": "recalculation",
        "why": {"ground": "price", "tariff_roubles": "5.00", "words": "В доме электроплиты"},
        "lines": ["01a20000-0000-7000-8000-0000000000dd"],
    }
}
_CLAIM = {
    "form": {
        "kind": "billing-claim",
        "lines": ["01a20000-0000-7000-8000-0000000000dd"],
        "words": "Счётчик заменён 12 октября, объём посчитан по старому",
        "signed_by": "Петров П. П., директор",
    }
}
_PHONE = {"phone": "+7 900 000-00-01"}

REQUESTS: dict[str, Any] = {
    "resolve_suspense": {
        "account_id": "0199c2a4-8d3e-7b41-9c55-2f1d3a6b7c80",
        "reason": "Плательщик подтвердил номер счёта по телефону",
    },
    "explain_discrepancy": {"reason": "Банк зачислил сумму двумя платежами: 418 и 419"},
    "return_suspense": {
        "order_number": "418",
        "returned_on": "2026-11-23",
        "reason": "Банк отозвал ошибочный платёж",
    },
    "release_letter": {"account_number": "6600000001", "reason": "Позвонили: письмо от бухгалтера договора"},
    "reject_letter": {"reason": "Реклама"},
    "present_power": {
        "account_number": "6600000003",
        "kind": "machine",
        "number": "5c1fd0a4-9c4f-4d0a-8d5e-3b8f3f7c1d20",
        "issuer_inn": "7707083893",
        "representative_inn": "500100732259",
        "valid_from": "2026-01-01",
        "valid_until": "2027-12-31",
    },
    "refuse_power": {"reason": "В доверенности названо другое лицо"},
    "add_system": {"name": "Биллинг"},
    "add_system_key": {"scopes": ["import"], "valid_days": 365},
    "register_webhook": {"url": "https://erp.example.org/kabinet"},
    "replay_webhook": {"from_number": 17},
    "sign_in": {"phone": "+7 900 000-00-01", "password": "kabinet-demo"},
    "sign_in_staff": {"login": "+7 900 000-00-11", "password": "kabinet-demo"},
    "pass_second_factor": {"challenge": "01a20000000070008000000000000003.…", "code": "123456"},
    "enrol_second_factor": {"password": "kabinet-demo"},
    "confirm_second_factor": {"code": "123456"},
    "renew_fallback_codes": {"code": "123456"},
    "add_staff": {"login": "+7 900 000-00-21", "name": "Орлова Ирина", "role": "operator"},
    "change_role": {"role": "senior_operator", "reason": "Перешла в отдел расчётов"},
    "disable_staff": {"reason": "Больше не работает у нас"},
    "enable_staff": {"reason": "Вернулась из отпуска"},
    "reset_second_factor": {"reason": "Потерян телефон"},
    "reset_staff_password": {"reason": "Забыла пароль"},
    "set_staff_password": {"reset": "0199000000007000800000000000000a.Xb9", "password": "три слова подряд"},
    "set_reckoned_by": {
        "valid_from": "2026-12-01",
        "reckoned_by": "us",
        "reason": "Пени этого поставщика теперь считаем мы",
    },
    "set_debtor": {"valid_from": "2026-12-01", "debtor": "association", "reason": "Договор с ТСЖ"},
    "approve": {"reason": "Согласовано"},
    "put_autopay": {
        "saved_method_id": "01a20000-0000-7000-8000-0000000000bb",
        "limit": {"kopecks": 1_000_000},
        "days_before_due": 3,
    },
    "correct_receipts": {"reason": "Поставщик перешёл на другую ставку НДС"},
    "refuse": {"reason": "Не согласовано"},
    "refresh_session": {"refresh_token": "r.AaIAAAAA.…"},
    "add_account": {"number": "6600000001", "proof": {"bill_number": "2026-10-000001"}},
    "start_sign_up": _PHONE,
    "confirm_sign_up": {
        "code": "123456",
        "password": "три слова подряд",
        "name": "Иванова Мария Петровна",
        "consents": [_CONSENT, _CONSENT | {"document_id": "01990000-0000-7000-8000-000000000002"}],
    },
    "send_sign_in_code": _PHONE,
    "sign_in_by_code": _PHONE | {"code": "123456"},
    "send_reset_code": _PHONE,
    "reset_password": _PHONE | {"code": "123456", "password": "три слова подряд"},
    "change_phone": _PHONE | {"password": "kabinet-demo"},
    "confirm_phone": _PHONE | {"code": "123456"},
    "change_email": {"email": "me@example.ru", "password": "kabinet-demo"},
    "confirm_email": {"email": "me@example.ru", "code": "123456"},
    "change_preferences": {
        "zone": "Asia/Yekaterinburg",
        "quiet_hours": {"start": "21:00", "until": "09:00"},
        "kinds": [{"kind": "reading-reminder", "is_on": False}],
    },
    "change_password": {"current_password": "kabinet-demo", "password": "три слова подряд"},
    "publish_document": {
        "purpose": "rules",
        "title": "Правила личного кабинета",
        "text": "1. Личный кабинет показывает начисления и платежи…",
        "valid_from": "2026-12-01",
    },
    "give_consent": _CONSENT,
    "erase_me": {"password": "kabinet-demo"},
    "add_passkey": {"name": "Телефон", "credential": _CREDENTIAL | {"response": _ATTESTATION}},
    "sign_in_by_passkey": {"credential": _CREDENTIAL | {"response": _ASSERTION}},
    "begin_sign_in": {"return_to": "/sign-in/finish"},
    "sign_in_by_identity": _CAME_BACK,
    "link_identity": _CAME_BACK,
    "add_account_by_code": {
        "code": "ST00012|Name=АО «Пример энергосбыт»|PersonalAcc=40702810000000000009|BankName=Банк ПРИМЕР"
        "|BIC=047102999|CorrespAcc=30101810000000000999|PayeeINN=8602000090|Sum=356050|PersAcc=6600000001"
    },
    "check_bill": {
        "code": "ST00012|Name=АО «Пример энергосбыт»|PersonalAcc=40702810000000000009|BankName=Банк ПРИМЕР"
        "|BIC=047102999|CorrespAcc=30101810000000000999|PayeeINN=8602000090|Sum=356050|PersAcc=6600000001"
        "|PaymPeriod=102026|QuittId=6600000001-2610-K7QXAB|TechCode=02"
    },
    "wonder": {"meter_id": "01a20000-0000-7000-8000-0000000000ee", "values": {"day": 1100, "night": 610}},
    "transfer_account": {"user_id": _PERSON, "on": "2026-12-01", "reason": "Квартира продана"},
    "close_account": {"reason": "Дом расселён"},
    "close_account_as_staff": {"reason": "Договор расторгнут, акт № 17"},
    "invite": {"phone": "+7 900 000-00-02", "role": "family", "scopes": ["pay"]},
    "change_member": {"role": "family", "scopes": ["see", "pay"], "valid_until": "2027-11-22T19:00:00Z"},
    "accept_invitation": {"code": "K7WM-2QXD-9RTA-HVCE"},
    "send_reading": {
        "taken_on": "2026-11-20",
        "values": [{"zone": "day", "value": "4512"}, {"zone": "night", "value": "2208"}],
    },
    "insist": {"comment": "На счётчике именно эта цифра, фото приложено"},
    "decide": {"verdict": "accept", "reason": "На фото видна та же цифра"},
    "check_at_terminal": {"account": "6600000001", "sum": "500.00"},
    "pay_at_terminal": {"account": "6600000001", "sum": "500.00", "paid_at": "20261120213000"},
    "pay_as_guest": {"account": "6600000001", "amount": kopecks(50000)},
    "send_reading_as_guest": {
        "account": "6600000001",
        "serial": "011887123456",
        "taken_on": "2026-11-20",
        "values": [{"value": "4512"}],
    },
    "register_plate": {
        "centre": "Центр на Мира, 1",
        "place": "Окно 3",
        "link": "https://qr.nspk.ru/AS1R000000000000000000000000TEST?type=01&bank=100000000999&crc=FDBB",
    },
    "put_on_plate": {"account_id": ACCOUNT, "amount": kopecks(125050), "minutes": 10},
    "order_refund": {"number": "117"},
    "confirm_refund": {"paid_on": "2026-11-23"},
    "fail_refund": {"reason": "Счёт получателя закрыт"},
    "preview_payment": _WISH,
    "start_payment": _WISH,
    "file_application": _APPLICATION,
    "propose_application": _APPLICATION,
    "file_claim": _CLAIM,
    "propose_claim": _CLAIM,
    "file_enquiry": {
        "form": {"kind": "consultation", "topic": "charges", "question": "Почему счёт вырос вдвое?"},
        "channel": "cabinet",
    },
    "reply_to_case": {"words": "Прибор однотарифный, фото приложено", "seen_step": 4},
    "withdraw_case": {"why": "Вопрос решился"},
    "appeal_case": {"why": "В ответе не учтена справка"},
    "search_accounts": {"text": "Тихая 89 кв 105"},
    "take_case": {"seen_step": 2},
    "hand_case_over": {"staff_id": "01a20000-0000-7000-8000-0000000000e1", "inner_note": "По вашему участку"},
    "ask_applicant": {"question": "Приложите справку о составе семьи", "until": "2026-12-01T18:00:00+05:00"},
    "promise_later_day": {"until": "2026-12-10T18:00:00+05:00", "why": "Ждём ответа сетевой компании"},
    "send_case_on": {"to": "grid-company", "why": "Ваш дом обслуживает сетевая компания"},
    "note_on_case": {"words": "Звонил, не дозвонился"},
    "answer_by_phone": {"words": "Рассказали, что платёж зачтён 20 ноября", "inner_note": "Линия 2"},
    "decide_case": {
        "outcome": "refused",
        "answer": "Показания приняты по вашей передаче, начисление верное",
        "rule": "ПП РФ 354, п. 61",
        "seen_step": 3,
    },
    "preview_decision": {
        "outcome": "refused",
        "answer": "Показания приняты по вашей передаче, начисление верное",
        "rule": "ПП РФ 354, п. 61",
    },
    "execute_case": {"words": "Перерасчёт войдёт в счёт за ноябрь"},
    "close_case": {"seen_step": 5},
    "reopen_case": {"words": "Поступили новые документы"},
    "offer_visit_slots": {
        "slots": [
            {
                "starts_at": "2026-12-01T09:00:00+05:00",
                "ends_at": "2026-12-01T11:00:00+05:00",
                "capacity": 4,
            }
        ]
    },
    "book_visit": {"slot_id": "6e7dcd73-2f0a-5d1b-8ed9-7d3a3a5f7f10", "note": "Домофон 17"},
    "cancel_visit": {"why": "Уезжаем"},
    "put_visit_act": {
        "number": "17",
        "drawn_on": "2026-12-01",
        "outcome": "admitted",
        "entries": [
            {
                "meter_id": "01a20000-0000-7000-8000-0000000000a1",
                "values": [{"zone": "single", "value": "4120"}],
                "seals_set": [{"number": "П-001", "place": "крышка зажимов"}],
                "verified_until": "2032-01-01",
            }
        ],
    },
    "keep_draft": {"kind": "complaint", "about": "quality"},
    "announce_attachment": {"name": "Справка.pdf", "size_bytes": 48213, "sha256": "5d" * 32},
}

PROBLEM: dict[str, Any] = {
    "type": "/problems/payment-amount-out-of-limits",
    "code": "payment-amount-out-of-limits",
    "title": "Запрос нельзя принять в таком виде",
    "status": 422,
    "detail": "Сумма должна быть от 1,00\u00a0₽ до 700\u00a0000,00\u00a0₽",
    "remedy": "Измените сумму",
    "field": "amount",
    "request_id": "01a2000000007000800000000000ffff",
}

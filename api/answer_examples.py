"""Answers for the API description, by the name of the handler. Tests decode each by its schema."""

from typing import Any

from api.examples import ACCOUNT, kopecks

_PAYMENT = "01a20000-0000-7000-8000-0000000000aa"
_ELECTRICITY = "01a20000-0000-7000-8000-000000000011"
_HEAT = "01a20000-0000-7000-8000-000000000012"


def _balance(debt: int, penalty: int = 0, overpayment: int = 0) -> dict[str, Any]:
    return {
        "debt": kopecks(debt),
        "overpayment": kopecks(overpayment),
        "penalty": kopecks(penalty),
        "to_pay": kopecks(max(0, debt + penalty - overpayment)),
    }


_SESSION = {
    "access_token": "c.AaIAAAAA.…",
    "refresh_token": "r.AaIAAAAA.…",
    "expires_at": "2026-11-22T13:00:00Z",
    "refresh_expires_at": "2026-12-22T12:00:00Z",
}

ANSWERS: dict[str, Any] = {
    "sign_in": _SESSION,
    "sign_in_staff": _SESSION,
    "pass_second_factor": _SESSION,
    "confirm_second_factor": {"fallback_codes": ["ABCD-EFGH-IJKL-MNOP", "QRST-UVWX-YZ23-4567"]},
    "refresh_session": _SESSION,
    "add_account": {"account_id": ACCOUNT},
    "get_meter": {
        "id": "01a20000-0000-7000-8000-000000000021",
        "supplier_account_id": _ELECTRICITY,
        "delivery_point": None,
        "service": "electricity",
        "unit": "кВт·ч",
        "serial": "000000001",
        "model": "Меркурий 206",
        "place": "щит на лестничной площадке",
        "digit_count": 6,
        "fraction_digit_count": 2,
        "transformation_ratio": "1",
        "max_power_kw": "15",
        "is_automatic": False,
        "installed_on": "2026-06-11",
        "removed_on": None,
        "replaces": "01a20000-0000-7000-8000-000000000020",
        "replaced_by": None,
        "verification": {"until": "2042-06-10", "has_expired": False, "text": ""},
        "by_hand": {"is_taken": True, "code": None, "text": ""},
        "seals": [{"number": "00112", "place": "корпус", "set_on": "2026-06-11"}],
        "registers": [
            {
                "zone": {"code": "day", "label": "День", "hours": "07–23", "is_control": False},
                "direction": "A+",
                "label": "T1",
                "unit": "кВт·ч",
                "opening_value": "0",
                "closing_value": None,
                "billed": {"value": "1078.87", "on": "2026-10-22"},
            },
            {
                "zone": {"code": "night", "label": "Ночь", "hours": "23–07", "is_control": False},
                "direction": "A+",
                "label": "T2",
                "unit": "кВт·ч",
                "opening_value": "0",
                "closing_value": None,
                "billed": {"value": "606.86", "on": "2026-10-22"},
            },
        ],
    },
    "get_account": {
        "id": ACCOUNT,
        "number": "6600000001",
        "kind": "unified",
        "gis_number": "66АА000001",
        "address": "г. Примерск, ул. Мира, д. 1, кв. 2",
        "holder_name": "Иванов Иван Иванович",
        "balance": _balance(356050, 1250),
        "supplier_accounts": [
            {
                "id": _ELECTRICITY,
                "supplier_id": "01a20000-0000-7000-8000-000000000021",
                "supplier_name": "АО «Пример энергосбыт»",
                "number": "1234567890",
                "gis_service_id": "66АА000001-01",
                "services": ["electricity"],
                "balance": _balance(125050, 1250),
            },
            {
                "id": _HEAT,
                "supplier_id": "01a20000-0000-7000-8000-000000000022",
                "supplier_name": "ООО «Пример тепло»",
                "number": "55-0001",
                "gis_service_id": None,
                "services": ["heat"],
                "balance": _balance(231000),
            },
        ],
    },
    "list_methods": [
        {"method": "sbp", "name": "Система быстрых платежей (СБП)", "available": True, "down_since": None}
        | {"note": None}
    ],
    "list_payments": {
        "items": [
            {
                "id": _PAYMENT,
                "state": "paid",
                "late": False,
                "amount": kopecks(200000),
                "method": "sbp",
                "created_at": "2026-11-22T12:00:00Z",
                "paid_at": "2026-11-22T12:01:30Z",
            }
        ],
        "next": None,
    },
}

from infra.logs import mask


def masked(**event):
    return mask(None, "info", event)


def test_personal_data_and_secrets_are_hidden_by_their_keys():
    event = masked(phone="+79000000001", customer_email="a@b.ru", password="x", token="t", event="signed in")
    assert event == {
        "phone": "***",
        "customer_email": "***",
        "password": "***",
        "token": "***",
        "event": "signed in",
    }


def test_of_an_accounts_number_the_last_four_stay():
    assert masked(account_number="6600123456")["account_number"] == "***3456"


def test_hidden_at_any_depth():
    event = masked(request={"Authorization": "Bearer abc", "items": [{"name": "Иванов"}, "x"]})
    assert event == {"request": {"Authorization": "***", "items": [{"name": "***"}, "x"]}}


def test_hidden_in_free_text():
    event = masked(event="no letter to ivan.petrov@mail.example.ru", error="+7 900 000-00-01: Bearer abc.def")
    assert event == {"event": "no letter to ***", "error": "***: Bearer ***"}


def test_ids_sums_and_states_stay():
    event = masked(payment_id="0197b3c2-7e0a-7c3e-8f10-0123456789ab", kopecks=79001234567, state="paid")
    assert event["payment_id"].endswith("89ab")
    assert event["kopecks"] == 79001234567

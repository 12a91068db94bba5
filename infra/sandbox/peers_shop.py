"""The shop that the official SDK serves in `make peers`: its orders, its payer, its ear for notices."""

import json
import queue
import threading
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


def order(value: str = "1250.50", **more: Any) -> dict[str, Any]:
    amount = {"value": value, "currency": "RUB"}
    return {
        "amount": amount,
        "capture": True,
        "description": "Оплата электроэнергии",
        "payment_method_data": {"type": "sbp"},
        "confirmation": {"type": "redirect", "return_url": "https://shop.example/back"},
        "metadata": {"order": str(uuid.uuid4())},
        "payment_order": payment_order(value),
        **more,
    }


def payment_order(value: str = "1250.50", **more: Any) -> dict[str, Any]:
    """Whom the money is for and what it pays."""
    return {
        "type": "utilities",
        "amount": {"value": value, "currency": "RUB"},
        "payment_purpose": "Оплата электроэнергии за 10.2026",
        "recipient": {
            "name": "АО «Пример энергосбыт»",
            "inn": "8602000002",
            "kpp": "860201001",
            "bank": {
                "name": "Банк ПРИМЕР (АО)",
                "bic": "047102999",
                "account": "40702810600000000001",
                "correspondent_account": "30101810300000000999",
            },
        },
        "payment_period": {"month": 10, "year": 2026},
        "unified_account_number": "86АА123456",
        **more,
    }


def receipt(value: str = "1250.50") -> dict[str, Any]:
    return {
        "customer": {"email": "payer@example.ru"},
        "items": [
            {
                "description": "Электроэнергия",
                "quantity": "1.000",
                "amount": {"value": value, "currency": "RUB"},
                "vat_code": 11,
                "measure": "kilowatt_hour",
                "payment_subject": "service",
                "payment_mode": "full_payment",
            }
        ],
    }


def play(url: str, payment_id: str, what: str = "pay", query: str = "") -> None:
    ask = urllib.request.Request(f"{url}/checkout/{payment_id}/{what}{query}", method="POST")  # noqa: S310
    urllib.request.urlopen(ask, timeout=10).close()  # noqa: S310 - our own sandbox


def fault(url: str, operation: str, kind: str) -> None:
    body = json.dumps({"operation": operation, "kind": kind}).encode()
    headers = {"Content-Type": "application/json"}
    ask = urllib.request.Request(f"{url}/sandbox/faults", body, headers)  # noqa: S310
    urllib.request.urlopen(ask, timeout=10).close()  # noqa: S310 - our own sandbox


def listen(heard: "queue.Queue[dict[str, Any]]") -> str:
    """A shop that hears notices; its address."""

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/notices"

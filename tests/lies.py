"""Rows that lie about money, each with the rule of the audit that finds it."""

# Code, table, and SQL that lies on the account $1 and returns the key that must be named.
LEDGER = [
    (
        "book-balance",
        "books",
        "UPDATE books SET balance_kopecks = balance_kopecks + 1"
        " WHERE account_id = $1 AND book LIKE 'billed:%' RETURNING 'book=' || book",
    ),
    (
        "book-balance",
        "books",
        "DELETE FROM books WHERE account_id = $1 AND book LIKE 'clearing:%' RETURNING 'book=' || book",
    ),
    (
        "book-balance",
        "books",
        "INSERT INTO books VALUES ($1, 'corrections', 5) RETURNING 'book=corrections'",
    ),
    (
        "books-sum",
        "books",
        "UPDATE books SET balance_kopecks = balance_kopecks + 1"
        " WHERE account_id = $1 AND book LIKE 'clearing:%' RETURNING 'all books of the account'",
    ),
    (
        "payment-book",
        "books",
        "UPDATE transfers SET amount_kopecks = amount_kopecks - 1 WHERE account_id = $1"
        " AND debit_book LIKE 'payment:%' AND line_no = 2 RETURNING 'book=' || debit_book",
    ),
    (
        "entry-gap",
        "transfers",
        "DELETE FROM transfers WHERE account_id = $1 AND entry_no = 2 RETURNING 'entry_no=3'",
    ),
    (
        "entry-gap",
        "transfers",
        "DELETE FROM transfers WHERE account_id = $1 AND entry_no = 1 RETURNING 'entry_no=2'",
    ),
    *(
        (
            "hash",
            "transfers",
            f"UPDATE transfers SET {lie} WHERE account_id = $1 AND entry_no = 2 RETURNING 'entry_no=2'",
        )
        for lie in (
            "value_date = value_date + 1",
            "posted_at = posted_at + interval '1 second'",
            "amount_kopecks = amount_kopecks + 1",
            "charge_id = NULL",
            "debit_book = debit_book || '0'",
            "credit_book = credit_book || '0'",
            "cause_id = account_id",
            "cause_version = 7",
            "line_no = 7",
            "hash = decode(repeat('00', 32), 'hex')",
        )
    ),
    (
        "transfer-malformed",
        "transfers",
        "UPDATE transfers SET cause_kind = 'gift' WHERE account_id = $1 AND entry_no = 1"
        " RETURNING 'entry_no=1'",
    ),
    *(
        ("head", "account_heads", f"{lie} WHERE account_id = $1 RETURNING 'account_id=' || account_id")
        for lie in (
            "UPDATE account_heads SET last_no = last_no + 1",
            "UPDATE account_heads SET last_hash = decode(repeat('00', 32), 'hex')",
            "DELETE FROM account_heads",
        )
    ),
    (
        "head",
        "account_heads",
        "DELETE FROM transfers WHERE account_id = $1 AND entry_no ="
        " (SELECT max(entry_no) FROM transfers WHERE account_id = $1) RETURNING 'account_id=' || account_id",
    ),
    (
        "posting-lines",
        "transfers",
        "UPDATE transfers SET line_no = 99 WHERE account_id = $1 AND cause_kind = 'payment' AND line_no = 2"
        " RETURNING 'entry_no=' || entry_no",
    ),
    (
        "cause-twice",
        "transfers",
        "UPDATE transfers SET posting_id = account_id WHERE account_id = $1 AND entry_no ="
        " (SELECT max(entry_no) FROM transfers WHERE account_id = $1 AND line_no = 2)"
        " RETURNING 'entry_no=' || entry_no",
    ),
    (
        "posting-id",
        "transfers",
        "UPDATE transfers SET posting_id = account_id WHERE account_id = $1 AND entry_no = 1"
        " RETURNING 'entry_no=1'",
    ),
    (
        "owner-unknown",
        "transfers",
        "UPDATE transfers SET debit_book = 'receivable:' || account_id || ':principal'"
        " WHERE account_id = $1 AND entry_no = 1 RETURNING 'entry_no=1'",
    ),
    (
        "crosses-suppliers",
        "transfers",
        "UPDATE transfers SET debit_book = replace(debit_book, split_part(debit_book, ':', 2),"
        " (SELECT s.supplier_account_id::text FROM supplier_accounts s WHERE s.account_id = $1"
        "  AND strpos(debit_book, s.supplier_account_id::text) = 0 LIMIT 1))"
        " WHERE account_id = $1 AND entry_no = 1 RETURNING 'entry_no=1'",
    ),
    (
        "movement-unknown",
        "transfers",
        "UPDATE transfers SET debit_book = 'pocket' WHERE account_id = $1 AND entry_no = 1"
        " RETURNING 'entry_no=1'",
    ),
]
BILL = [
    *(
        (
            code,
            "charges",
            f"UPDATE charges SET {lie} WHERE account_id = $1 AND service_code = 'heat'"
            " AND penalty_paid_kopecks > 0 RETURNING 'charge_id=' || charge_id",
        )
        for code, lie in (
            ("charge-billed", "amount_kopecks = amount_kopecks + 1"),
            ("charge-billed", "recalculation_kopecks = 1"),
            ("charge-billed", "penalty_kopecks = penalty_kopecks + 1"),
            # Both raised at once leave what is open as it was.
            ("charge-billed", "amount_kopecks = amount_kopecks + 1, paid_kopecks = paid_kopecks + 1"),
            ("charge-paid", "paid_kopecks = paid_kopecks - 1"),
            ("charge-penalty-paid", "penalty_paid_kopecks = penalty_paid_kopecks - 1"),
            ("charge-revision", "revision = revision + 1"),
        )
    ),
    (
        "charge-owner",
        "charges",
        "UPDATE charges SET supplier_account_id = (SELECT s.supplier_account_id FROM supplier_accounts s"
        "  WHERE s.account_id = $1 AND s.supplier_account_id <> charges.supplier_account_id LIMIT 1)"
        " WHERE account_id = $1 AND service_code = 'heat' RETURNING 'charge_id=' || charge_id",
    ),
    (
        "charge-unknown",
        "charges",
        "DELETE FROM charges WHERE account_id = $1 AND service_code = 'heat'"
        " RETURNING 'charge_id=' || charge_id",
    ),
    *(
        (
            "receivable",
            "books",
            f"UPDATE charges SET {paid} = {paid} - 1 WHERE account_id = $1 AND service_code = 'heat'"
            f" AND penalty_paid_kopecks > 0 RETURNING 'book=receivable:' || supplier_account_id || ':{kind}'",
        )
        for paid, kind in (("paid_kopecks", "principal"), ("penalty_paid_kopecks", "penalty"))
    ),
    (
        "clearing",
        "books",
        "UPDATE books SET balance_kopecks = balance_kopecks - 1"
        " WHERE account_id = $1 AND book LIKE 'clearing:%' RETURNING 'book=' || book",
    ),
]
# On the payment $2 of the account $1, by its name in Laid.payments.
PAYMENTS = [
    *(
        (
            code,
            "payments",
            name,
            f"UPDATE payments SET {lie} WHERE account_id = $1 AND payment_id = $2"
            " RETURNING 'payment_id=' || payment_id",
        )
        for code, name, lie in (
            ("payment-paid-at", "paid", "paid_at = NULL"),
            ("payment-paid-at", "refused", "paid_at = created_at"),
            ("payment-still-checked", "paid", "next_check_at = created_at"),
            ("payment-still-checked", "refused", "next_check_at = created_at"),
            ("payment-forgotten", "open", "next_check_at = NULL"),
            ("payment-steps", "paid", "steps_count = 4"),
            ("payment-last-step", "open", "state = 'failed'"),
            ("payment-posted", "paid", "state = 'expired'"),
            ("payment-posted", "open", "state = 'paid'"),
            ("payment-parts", "open", "amount_kopecks = amount_kopecks + 1"),
            ("payment-parts", "open", "parts = '[{\"amount\": 5}]'"),
            ("payment-part-lines", "open", "parts = jsonb_set(parts, '{0,lines,0,amount,kopecks}', '1')"),
            ("provider-id", "paid", "provider_payment_id = NULL"),
        )
    ),
    (
        "payment-last-step",
        "payments",
        "paid",
        "DELETE FROM payment_steps WHERE account_id = $1 AND payment_id = $2"
        " RETURNING 'payment_id=' || payment_id",
    ),
    (
        "payment-steps",
        "payments",
        "paid",
        "DELETE FROM payment_steps WHERE account_id = $1 AND payment_id = $2 AND step_no = 2"
        " RETURNING 'payment_id=' || payment_id",
    ),
    (
        "payment-move",
        "payment_steps",
        "paid",
        "UPDATE payment_steps SET state = 'failed' WHERE account_id = $1 AND payment_id = $2"
        " AND step_no = 2 RETURNING 'payment_id=' || payment_id || ' step_no=3'",
    ),
    (
        "provider-id",
        "provider_payment_ids",
        "paid",
        "DELETE FROM provider_payment_ids WHERE account_id = $1 AND payment_id = $2"
        " RETURNING 'provider_payment_id=' || provider_payment_id || ' provider=' || provider",
    ),
    (
        "provider-id",
        "provider_payment_ids",
        "paid",
        "UPDATE provider_payment_ids SET payment_id = account_id WHERE account_id = $1 AND payment_id = $2"
        " RETURNING 'provider_payment_id=' || provider_payment_id || ' provider=' || provider",
    ),
    (
        "provider-id-stray",
        "provider_payment_ids",
        "paid",
        "INSERT INTO provider_payment_ids VALUES ('stray', 'yookassa', $1, $2)"
        " RETURNING 'provider_payment_id=stray provider=yookassa'",
    ),
    (
        "provider-id-stray",
        "provider_payment_ids",
        "paid",
        "UPDATE payments SET provider_payment_id = 'other' WHERE account_id = $1 AND payment_id = $2"
        " RETURNING 'provider_payment_id=' || (SELECT provider_payment_id FROM provider_payment_ids"
        "   WHERE account_id = $1 AND payment_id = $2) || ' provider=' || provider",
    ),
    (
        "payment-received",
        "transfers",
        "paid",
        "UPDATE transfers SET amount_kopecks = amount_kopecks + 1 WHERE account_id = $1 AND cause_id = $2"
        " AND line_no = 1 RETURNING 'posting_id=' || posting_id",
    ),
    (
        "payment-received",
        "transfers",
        "paid",
        "UPDATE transfers SET debit_book = 'clearing:other' WHERE account_id = $1 AND cause_id = $2"
        " AND line_no = 1 RETURNING 'posting_id=' || posting_id",
    ),
    (
        "payment-spread",
        "transfers",
        "paid",
        "UPDATE transfers SET amount_kopecks = amount_kopecks + 1 WHERE account_id = $1 AND cause_id = $2"
        " AND line_no = 2 RETURNING 'posting_id=' || posting_id",
    ),
    (
        "payment-unknown",
        "payments",
        "paid",
        "WITH steps AS (DELETE FROM payment_steps WHERE account_id = $1 AND payment_id = $2)"
        " DELETE FROM payments WHERE account_id = $1 AND payment_id = $2"
        " RETURNING 'payment_id=' || payment_id",
    ),
]

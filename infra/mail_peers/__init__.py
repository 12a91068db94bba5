"""Letters through real Postfix and Dovecot, outside `make test`, for they want root:

    apt-get install postfix dovecot-imapd dovecot-lmtpd
    .venv/bin/python -m infra.mail_peers

Both run from a directory of their own, on ports of their own; the machine's mail is not touched.
"""

"""Settings of letters that come in: a part of `infra.settings.Settings`. It stands on the part before it
because Structs have one parent."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from infra.setting_words import described as _is
from infra.settings_of_identity import IdentitySettings

_PORT_OR_NONE: dict[str, Any] = {"unit": "TCP port; 0: none", "ge": 0, "le": 65535}


class MailSettings(IdentitySettings, frozen=True, kw_only=True):
    mail_port: Annotated[int, _is("Letters from our mail server, SMTP", **_PORT_OR_NONE)] = 8025
    lmtp_port: Annotated[int, _is("Letters from our mail server, LMTP", **_PORT_OR_NONE)] = 8024
    mail_address: Annotated[
        str,
        _is(
            "Where readings are mailed to; answers come from it, and reports of what could not be delivered "
            "go to it",
            "e-mail",
            pattern=r"^[^@\s]+@[^@\s]+$",
        ),
    ] = "readings@example.test"
    mail_bounces_to: Annotated[
        str,
        _is(
            "Where servers report letters of ours they could not deliver: the value of KABINET_MAIL_ADDRESS "
            "lets us hear of them; none: KABINET_SMTP_FROM",
            "e-mail",
        ),
    ] = ""
    mail_authserv_id: Annotated[
        str,
        _is(
            "Our mail server's name in Authentication-Results: only its word on senders is believed; none: "
            "nobody is vouched for and every letter waits for an operator",
            "name",
        ),
    ] = ""
    mail_trust_loopback: Annotated[
        bool,
        _is("The demo only: senders on this machine need nobody to vouch for them", "true or false"),
    ] = False
    mail_most_mb: Annotated[int, _is("Longest letter", "MB", ge=1, le=30)] = 30
    mail_connections: Annotated[
        int, _is("Most connections that bring letters", "connections", ge=1, le=1000)
    ] = 20
    mail_timeout_seconds: Annotated[int, _is("Longest wait for a letter's end", "s", ge=10, le=3600)] = 300
    imap_host: Annotated[
        str, _is("Server of a mailbox that is looked into instead; none: no mailbox", "host")
    ] = ""
    imap_port: Annotated[int, _is("Its port", unit="TCP port", ge=1, le=65535)] = 993
    imap_security: Annotated[
        Literal["tls", "starttls", "none"], _is("How the connection is protected", "tls, starttls or none")
    ] = "tls"
    imap_user: Annotated[str, _is("Whose mailbox", "text")] = ""
    imap_password: Annotated[str, _is("Its password", "text", secret=True)] = ""
    imap_folder: Annotated[str, _is("The folder looked into", "text", min_length=1)] = "INBOX"
    imap_done_folder: Annotated[
        str, _is("Where letters are moved once they are kept; none: they are flagged there", "text")
    ] = ""
    imap_poll_seconds: Annotated[int, _is("How often it is looked into", "s", ge=1, le=3600)] = 20


def contradictions(settings: MailSettings, *, is_demo: bool) -> Iterator[str]:
    """What is half given or cannot be safe, by the names of the variables."""
    if settings.mail_trust_loopback and not is_demo:
        yield (
            "KABINET_MAIL_TRUST_LOOPBACK: only in the demo, never with a KABINET_SECRET_KEY of your own: "
            "name your mail server in KABINET_MAIL_AUTHSERV_ID instead"
        )
    if settings.imap_host and not (settings.imap_user and settings.imap_password):
        yield "KABINET_IMAP_HOST: needs KABINET_IMAP_USER and KABINET_IMAP_PASSWORD"
    if settings.imap_host and settings.imap_folder == settings.imap_done_folder:
        yield "KABINET_IMAP_DONE_FOLDER: must not be KABINET_IMAP_FOLDER"

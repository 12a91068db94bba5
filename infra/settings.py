"""Everything that differs between installations, read once from the environment and checked by name.

`load()` gives a `Settings`; `infra.setting_fields.rows()` lists them for a person. Rules of the business
that change by date (expiry of a payment, limits, methods) are not here: they are terms, kept as data.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

from infra import settings_of_files, settings_of_identity, settings_of_mail, settings_of_proofs
from infra.errors import OperatorError
from infra.setting_fields import PREFIX, converted, fields_of, given, rows, unknown
from infra.setting_words import HTTP, NETWORKS, PORT, POSTGRES
from infra.setting_words import described as _is

LOCAL_PROVIDERS = frozenset({"127.0.0.1", "localhost", "::1", "sandbox"})
"""Hosts of the sandbox in the provider's place."""
LISTENERS = ("port", "sandbox_port", "sink_port", "sink_page_port", "mail_port", "lmtp_port")
DEMO_SHOP_ID = "100500"
DEMO_SECRET = "test_kabinet-demo"  # noqa: S105 - known to everybody: it opens only the sandbox
DEMO_SECRET_KEY = "kabinet-demo-secret-key"  # noqa: S105 - known to everybody: it seals only the demo


class SettingsError(OperatorError):
    """The environment names a setting that does not exist or gives one a value it cannot have."""


class Settings(settings_of_proofs.ProofSettings, frozen=True, kw_only=True):
    """One installation. A field `sink_port` is the variable KABINET_SINK_PORT; with `_FILE` appended
    the variable names a file that holds the value. An empty value counts as not given.
    """

    data: Annotated[Path, _is("Where the embedded database, mail and files live", "directory")] = Path("var")
    database_url: Annotated[
        str,
        _is(
            "Write address of PostgreSQL 15 or newer; none: the embedded server's, which `kabinet run` "
            "leaves in the file database-url of the data directory",
            POSTGRES,
            secret=True,
            variable="DATABASE_URL",
        ),
    ] = ""
    coordinator_url: Annotated[
        str,
        _is("Address for migrations (on Citus: the coordinator); none: DATABASE_URL", POSTGRES, secret=True),
    ] = ""
    replica_url: Annotated[
        str,
        _is("Address for reads that may lag, never balances; none: DATABASE_URL", POSTGRES, secret=True),
    ] = ""
    postgres_bin: Annotated[
        str,
        _is(
            "PostgreSQL's programs for the embedded server; none: those that came with the packages, "
            "else the newest in /usr/lib/postgresql",
            "directory",
        ),
    ] = ""
    pool_min_size: Annotated[int, _is("Connections kept open", "per process", ge=0, le=100)] = 1
    pool_max_size: Annotated[int, _is("Most connections", "per process", ge=1, le=100)] = 10
    zone: Annotated[str, _is("The region's zone: where a business day begins", "IANA time zone")] = (
        "Asia/Yekaterinburg"
    )
    host: Annotated[str, _is("Where every listener listens; 0.0.0.0: everywhere", "IP address")] = "127.0.0.1"
    port: Annotated[int, _is("The API", **PORT)] = 8000
    sandbox_port: Annotated[int, _is("The payment sandbox", **PORT)] = 8001
    sink_port: Annotated[int, _is("The mail sink, SMTP", **PORT)] = 8026
    sink_page_port: Annotated[int, _is("The mail sink's page", **PORT)] = 8027
    public_url: Annotated[str, _is("How people reach the API; none: this machine and KABINET_PORT", HTTP)] = (
        ""
    )
    proxy_networks: Annotated[
        tuple[str, ...], _is("Reverse proxies whose X-Forwarded-For is believed; none: nobody's", NETWORKS)
    ] = ()
    workers: Annotated[int, _is("Processes that answer the API", "processes", ge=1, le=64)] = 2
    jobs_at_once: Annotated[int, _is("Jobs one worker runs at the same time", "jobs", ge=1, le=100)] = 8
    stop_seconds: Annotated[int, _is("Time to finish the work in hand at a stop", "s", ge=1, le=300)] = 10
    jobs_late_seconds: Annotated[
        int, _is("A job overdue by more makes /health/ready say no", "s", ge=10, le=86_400)
    ] = 300
    metrics_token: Annotated[
        str,
        _is("Bearer token that opens /metrics from elsewhere; none: this machine only", "text", secret=True),
    ] = ""
    secret_key: Annotated[
        str,
        _is(
            "Seals secrets in the database (second factors, signing of systems); lost: they must be made "
            "anew; to change it see KABINET_SECRET_KEY_PREVIOUS",
            "text, at least 32 random characters",
            secret=True,
            min_length=16,
        ),
    ] = DEMO_SECRET_KEY
    secret_key_previous: Annotated[
        str,
        _is(
            "A second key that opens what it has sealed, until `kabinet secrets reseal` has sealed all anew; "
            "none: only KABINET_SECRET_KEY opens",
            "text",
            secret=True,
            min_length=16,
        ),
    ] = ""
    yookassa_url: Annotated[
        str,
        _is("YooKassa API; none: our sandbox. The real one: https://api.yookassa.ru/v3", HTTP),
    ] = ""
    yookassa_shop_id: Annotated[str, _is("Our shop at YooKassa", "text", min_length=1)] = DEMO_SHOP_ID
    yookassa_secret: Annotated[str, _is("The shop's key", "text", secret=True, min_length=1)] = DEMO_SECRET
    yookassa_notice_networks: Annotated[
        tuple[str, ...],
        _is("Where notices may come from; none: not checked (YooKassa is asked anyway)", NETWORKS),
    ] = ()
    yookassa_timeout_seconds: Annotated[int, _is("Longest wait for YooKassa", "s", ge=1, le=60)] = 10
    smtp_host: Annotated[str, _is("Mail server", "host", min_length=1)] = "127.0.0.1"
    smtp_port: Annotated[int, _is("Its port; 0: that of the mail sink", "TCP port", ge=0, le=65535)] = 0
    smtp_from: Annotated[str, _is("Sender of our letters", "e-mail", pattern=r"^[^@\s]+@[^@\s]+$")] = (
        "kabinet@localhost"
    )
    receipts_contact: Annotated[
        str,
        _is(
            "Our address, to which receipts of payers without a contact of their own are sent",
            "e-mail",
            pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
        ),
    ] = "receipts@example.test"
    notices_per_second: Annotated[
        float,
        _is("Most letters of notices that leave, over all workers", "letters a second", ge=0.1, le=1000),
    ] = 20.0
    sms_gateway_url: Annotated[
        str, _is("Gateway of short messages; none: they go to the mail server as letters", HTTP)
    ] = ""
    sms_gateway_token: Annotated[str, _is("Its bearer token", "text", secret=True)] = ""
    sms_sender: Annotated[str, _is("Sender of short messages", "text")] = "Kabinet"
    powers_register_url: Annotated[
        str,
        _is("Gateway to the register of powers of attorney; none: no machine-readable one is accepted", HTTP),
    ] = ""
    powers_register_token: Annotated[str, _is("Our bearer token there", "text", secret=True)] = ""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], _is("Least serious line that is written", "level")
    ] = "info"
    log_format: Annotated[
        Literal["auto", "json", "console"], _is("auto: for people in a terminal, else JSON", "format")
    ] = "auto"

    def __post_init__(self) -> None:
        """Fills in the addresses that follow from other settings."""
        follow = {
            "coordinator_url": self.database_url,
            "replica_url": self.database_url,
            "public_url": f"http://localhost:{self.port}",
            "yookassa_url": f"http://127.0.0.1:{self.sandbox_port}/v3",
            "smtp_port": self.sink_port,
        }
        follow |= settings_of_identity.follow_from(self.public_url or str(follow["public_url"]))
        for name, value in follow.items():
            if not getattr(self, name):
                msgspec.structs.force_setattr(self, name, value)
        msgspec.structs.force_setattr(self, "data", self.data.absolute())

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{row.field}={row.value!r}' for row in rows(self))})"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return [(row.field, row.value) for row in rows(self)]

    @property
    def address_file(self) -> Path:
        """Where the embedded server's address is written for every other command."""
        return self.data / "database-url"

    @property
    def sandbox_page(self) -> str | None:
        """Where the payer's bank is played; None with a real provider."""
        local = urlsplit(self.yookassa_url).hostname in LOCAL_PROVIDERS
        return self.yookassa_url.removesuffix("/v3") + "/sandbox" if local else None


def load(env: Mapping[str, str] | None = None, *, find_embedded: bool = True) -> Settings:
    """The settings of this environment. Where no DATABASE_URL is given, `find_embedded` takes the
    address that a running embedded server left in the data directory.

    Raises SettingsError naming every unknown `KABINET_` variable and every wrong value at once.
    """
    env = os.environ if env is None else env
    wrong = unknown(Settings, env)
    values: dict[str, Any] = {}
    for field in fields_of(Settings):
        try:
            text = given(env, field.variable)
            if text:
                values[field.name] = converted(field, text)
        except (ValueError, OSError) as error:
            wrong.append(f"{field.variable}: {error}. Expected: {field.meaning} ({field.unit})")
    if not wrong:
        settings = Settings(**values)
        wrong = _contradictions(settings)
    if wrong:
        raise SettingsError("Wrong settings:\n  " + "\n  ".join(wrong) + "\nSee them all: kabinet settings")
    if find_embedded and not settings.database_url and settings.address_file.is_file():
        settings = Settings(**values | {"database_url": settings.address_file.read_text().strip()})
    return settings


def _contradictions(settings: Settings) -> list[str]:
    found = []
    if settings.pool_min_size > settings.pool_max_size:
        found.append("KABINET_POOL_MIN_SIZE: must not be more than KABINET_POOL_MAX_SIZE")
    ports: dict[int, str] = {}
    for name in LISTENERS:
        other = ports.setdefault(getattr(settings, name), name)
        if getattr(settings, name) and other != name:
            found.append(f"{PREFIX}{name.upper()}: the same port as {PREFIX}{other.upper()}")
    local = urlsplit(settings.yookassa_url).hostname in LOCAL_PROVIDERS
    if not local and settings.yookassa_secret == DEMO_SECRET:
        found.append(
            "KABINET_YOOKASSA_SECRET: the demo's secret does not open a real YooKassa; give your own"
        )
    if not local and settings.secret_key == DEMO_SECRET_KEY:
        found.append(
            "KABINET_SECRET_KEY: the demo's key seals nothing, everybody knows it; give your own, such as "
            "`openssl rand -hex 32` writes"
        )
    is_demo = settings.secret_key == DEMO_SECRET_KEY
    of_mail = settings_of_mail.contradictions(settings, is_demo=is_demo)
    of_files = settings_of_files.contradictions(settings)
    of_proofs = settings_of_proofs.contradictions(settings)
    return [*found, *settings_of_identity.contradictions(settings), *of_mail, *of_files, *of_proofs]

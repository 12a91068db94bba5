from pathlib import Path

import msgspec
import pytest

from infra.setting_fields import rows, without_password
from infra.settings import DEMO_SECRET, Settings, SettingsError, load


def test_everything_has_a_default_a_meaning_and_a_unit():
    for row in rows(load({})):
        assert row.meaning, row.variable
        assert row.unit, row.variable


def test_addresses_follow_from_ports_and_the_database():
    settings = load(
        {"DATABASE_URL": "postgresql://a@h/d", "KABINET_SANDBOX_PORT": "9001", "KABINET_SINK_PORT": "9026"}
    )
    assert settings.coordinator_url == settings.replica_url == "postgresql://a@h/d"
    assert settings.yookassa_url == "http://127.0.0.1:9001/v3"
    assert settings.smtp_port == 9026


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("KABINET_PORT", "http", "KABINET_PORT: Expected `int`"),
        ("KABINET_PORT", "70000", "KABINET_PORT: Expected `int` <= 65535"),
        ("KABINET_WORKERS", "0", "KABINET_WORKERS: Expected `int` >= 1"),
        ("KABINET_ZONE", "Mars/Olympus", "KABINET_ZONE: there is no time zone"),
        ("KABINET_ZONE", "../../etc/passwd", "KABINET_ZONE: there is no time zone"),
        ("KABINET_HOST", "everywhere", "KABINET_HOST: "),
        ("KABINET_LOG_LEVEL", "loud", "KABINET_LOG_LEVEL: Invalid enum value"),
        ("KABINET_SMTP_FROM", "us", "KABINET_SMTP_FROM: "),
        ("KABINET_YOOKASSA_URL", "ftp://x", "KABINET_YOOKASSA_URL: the address must begin with http://"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL: the address must begin with postgresql://"),
        ("KABINET_YOOKASSA_NOTICE_NETWORKS", "10.0.0.0/8, x", "KABINET_YOOKASSA_NOTICE_NETWORKS: 'x'"),
        ("KABINET_S3_BUCKET", "papers", "KABINET_S3_BUCKET: needs KABINET_S3_ACCESS_KEY"),
        ("KABINET_S3_URL", "https://s3.example.test", "KABINET_S3_BUCKET: is missing"),
        ("KABINET_SINK_PORT", "8000", "KABINET_SINK_PORT: the same port as KABINET_PORT"),
        ("KABINET_POOL_MIN_SIZE", "50", "KABINET_POOL_MIN_SIZE: must not be more"),
        ("KABINET_PROT", "1", "KABINET_PROT: there is no such setting; KABINET_PORT?"),
        ("KABINET_YOOKASSA_URL", "https://api.yookassa.ru/v3", "KABINET_YOOKASSA_SECRET: the demo's secret"),
        ("KABINET_YOOKASSA_URL", "https://api.yookassa.ru/v3", "KABINET_SECRET_KEY: the demo's key"),
        ("KABINET_YOOKASSA_SECRET_FILE", "/nowhere", "KABINET_YOOKASSA_SECRET: "),
    ],
)
def test_a_wrong_one_is_refused_by_name(variable, value, said):
    with pytest.raises(SettingsError) as refused:
        load({variable: value})
    assert said in str(refused.value)


def test_all_wrong_ones_are_told_at_once():
    with pytest.raises(SettingsError) as refused:
        load({"KABINET_PORT": "x", "KABINET_WORKERS": "y", "KABINET_NEWS": "z", "HOME": "/"})
    assert all(name in str(refused.value) for name in ("KABINET_PORT", "KABINET_WORKERS", "KABINET_NEWS"))


def test_a_secret_comes_from_a_file_and_is_never_shown(tmp_path: Path):
    (tmp_path / "secret").write_text("live_very-secret\n")
    settings = load(
        {
            "KABINET_YOOKASSA_SECRET_FILE": str(tmp_path / "secret"),
            "DATABASE_URL": "postgresql://a:hunter2@h/d?password=hunter3",
        }
    )
    assert settings.yookassa_secret == "live_very-secret"
    shown = repr(settings) + str(settings.__rich_repr__()) + str(rows(settings))
    assert not any(word in shown for word in ("live_very-secret", "hunter2", "hunter3"))
    assert "postgresql://a:***@h/d" in shown


def test_a_value_and_a_file_at_once_are_refused(tmp_path: Path):
    (tmp_path / "secret").write_text("x")
    with pytest.raises(SettingsError, match="not both"):
        load({"KABINET_YOOKASSA_SECRET": "y", "KABINET_YOOKASSA_SECRET_FILE": str(tmp_path / "secret")})


def test_a_wrong_secret_is_not_repeated(tmp_path: Path):
    with pytest.raises(SettingsError) as refused:
        load({"DATABASE_URL": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_empty_means_not_given():
    assert load({"KABINET_PORT": "", "KABINET_YOOKASSA_SECRET": " "}).yookassa_secret == DEMO_SECRET


def test_the_embedded_servers_address_is_found(tmp_path: Path):
    (tmp_path / "database-url").write_text("postgresql://kabinet_owner@/kabinet?host=/x\n")
    env = {"KABINET_DATA": str(tmp_path)}
    assert load(env).coordinator_url == "postgresql://kabinet_owner@/kabinet?host=/x"
    assert load(env, find_embedded=False).database_url == ""
    assert load({**env, "DATABASE_URL": "postgresql://other/d"}).database_url == "postgresql://other/d"


def test_lists_are_given_by_comma():
    networks = load({"KABINET_PROXY_NETWORKS": "10.0.0.0/8, 127.0.0.1,"}).proxy_networks
    assert networks == ("10.0.0.0/8", "127.0.0.1")


def test_settings_are_frozen():
    with pytest.raises(AttributeError):
        load({}).port = 1  # type: ignore[misc]
    assert isinstance(load({}), msgspec.Struct) and isinstance(load({}), Settings)


def test_without_password():
    assert without_password("postgresql://u@/d?host=/s") == "postgresql://u@/d?host=/s"
    assert without_password("postgresql://u:p:q@h/d") == "postgresql://u:***@h/d"


def test_neighbours_are_trusted_in_the_demo_alone():
    assert load({"KABINET_MAIL_TRUST_LOOPBACK": "true"}).mail_trust_loopback
    assert not load({}).mail_trust_loopback
    with pytest.raises(SettingsError, match="KABINET_MAIL_TRUST_LOOPBACK: only in the demo"):
        load({"KABINET_MAIL_TRUST_LOOPBACK": "true", "KABINET_SECRET_KEY": "x" * 32})


def test_a_mailbox_needs_its_user_and_password():
    with pytest.raises(SettingsError, match="KABINET_IMAP_HOST: needs"):
        load({"KABINET_IMAP_HOST": "mail.example.test"})
    given = {"KABINET_IMAP_HOST": "m", "KABINET_IMAP_USER": "u", "KABINET_IMAP_PASSWORD": "hush-hush"}
    assert load(given).imap_security == "tls"
    assert "hush-hush" not in repr(load(given))
    with pytest.raises(SettingsError, match="KABINET_IMAP_DONE_FOLDER"):
        load(given | {"KABINET_IMAP_DONE_FOLDER": "INBOX"})


def test_listeners_that_are_off_share_no_port():
    settings = load({"KABINET_MAIL_PORT": "0", "KABINET_LMTP_PORT": "0"})
    assert (settings.mail_port, settings.lmtp_port) == (0, 0)
    with pytest.raises(SettingsError, match="KABINET_LMTP_PORT: the same port as KABINET_MAIL_PORT"):
        load({"KABINET_LMTP_PORT": "8025"})

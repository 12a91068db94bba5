"""Postfix and Dovecot, set up in one directory and run from it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

AUTHSERV = "mx.example.test"
READINGS = "readings@example.test"
SENDER = "company3@example.test"
GONE = "gone@example.test"
"""Postfix takes letters for it, Dovecot knows nobody of that name: the report comes back to us."""
PASSWORD = "secret"  # noqa: S105 - of mailboxes that live for a minute
USERS = ("company3", "box")


class Ports(NamedTuple):
    postfix: int
    dovecot_lmtp: int
    imap: int
    smtp_in: int
    lmtp_in: int


def free_ports() -> Ports:
    held = [socket.socket() for _ in Ports._fields]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = Ports(*(one.getsockname()[1] for one in held))
    for one in held:
        one.close()
    return ports


def missing() -> list[str]:
    """What must be there first."""
    found = [] if os.geteuid() == 0 else ["root"]
    return found + [name for name in ("postfix", "dovecot") if not shutil.which(name)]


class Dovecot:
    """Mailboxes of USERS over IMAP; letters for anybody else are refused."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self._config = folder / "dovecot" / "dovecot.conf"
        self._config.parent.mkdir(mode=0o755)
        owner = pwd.getpwnam("dovecot")
        os.chown(self._config.parent, owner.pw_uid, owner.pw_gid)
        users = self._config.parent / "users"
        users.write_text("".join(f"{user}:{{PLAIN}}{PASSWORD}::::::\n" for user in USERS))
        self._config.write_text(_DOVECOT.format(folder=self._config.parent, users=users, ports=ports))

    def start(self) -> None:
        _run(["dovecot", "-c", str(self._config)])

    def stop(self) -> None:
        _run(["doveadm", "-c", str(self._config), "stop"])


class Postfix:
    """The company's mail server. It checks senders (here: by a table), drops what letters say of such checks
    themselves, and hands letters for READINGS to us over LMTP."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self._folder = folder / "postfix"
        for name in ("conf", "queue", "data", "log"):
            (self._folder / name).mkdir(parents=True, mode=0o755)
        shutil.chown(self._folder / "data", "postfix")
        conf = self._folder / "conf"
        (conf / "main.cf").write_text(_MAIN_CF.format(folder=self._folder, authserv=AUTHSERV))
        (conf / "master.cf").write_text(_MASTER_CF.format(port=ports.postfix))
        (conf / "checks").write_text(_CHECKS.format(sender=SENDER.replace(".", r"\."), authserv=AUTHSERV))
        self.transport = conf / "transport"
        self.hand_over(f"lmtp:inet:127.0.0.1:{ports.lmtp_in}", ports)

    def hand_over(self, way: str, ports: Ports) -> None:
        """By which way letters for READINGS go."""
        mailboxes = f"lmtp:inet:127.0.0.1:{ports.dovecot_lmtp}"
        self.transport.write_text(f"{READINGS} {way}\nexample.test {mailboxes}\n")

    def start(self) -> None:
        self._do("start")

    def stop(self) -> None:
        self._do("stop")

    def reload(self) -> None:
        self._do("reload")

    def flush(self) -> None:
        """Try again what waits."""
        self._do("flush")

    def waiting(self) -> int:
        shown = _run(["postqueue", "-c", str(self._folder / "conf"), "-j"])
        return len(shown.splitlines())

    def _do(self, word: str) -> None:
        _run(["postfix", "-c", str(self._folder / "conf"), word])


def _run(command: Sequence[str]) -> str:
    """What it says. Into a file: servers that go on in the background would hold a pipe open."""
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(  # noqa: S603 - programs of the machine with arguments of ours
            command, check=False, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=60
        )
        said.seek(0)
        text = said.read()
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {text}")
    return text


_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_username_format = %n
mail_location = maildir:{folder}/mail/%n
first_valid_uid = 1
default_login_user = dovenull
default_internal_user = dovecot
mail_uid = dovecot
mail_gid = dovecot
passdb {{
  driver = passwd-file
  args = {users}
}}
userdb {{
  driver = passwd-file
  args = {users}
  default_fields = uid=dovecot gid=dovecot home={folder}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {ports.imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {ports.dovecot_lmtp}
  }}
}}
service anvil {{
  chroot =
}}
"""
_MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {authserv}
mydestination =
relay_domains = example.test
local_recipient_maps =
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
transport_maps = texthash:{folder}/conf/transport
header_checks = regexp:{folder}/conf/checks
default_transport = error:5.4.4 nowhere to go
message_size_limit = 31457280
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
"""
_CHECKS = r"""
/^Authentication-Results:/ IGNORE
/^From:.*<?{sender}>?$/ PREPEND Authentication-Results: {authserv}; dmarc=pass header.from=example.test
"""
_MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

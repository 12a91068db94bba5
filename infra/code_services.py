"""Everything that works by one-time codes, put together."""

from dataclasses import dataclass
from secrets import randbelow

from domain.kernel.letters import Mail, Sms
from services.people.codes import CodeDelivery, CodePruning, CodeService
from services.people.contacts import ContactService
from services.people.own_sessions import OwnSessions
from services.people.recovery import RecoveryService
from services.people.sessions import SessionService
from services.people.sign_up import SignUpService


@dataclass(frozen=True, slots=True)
class CodeServices:
    """What handlers ask for by the names of these fields, and what jobs need."""

    sign_up_service: SignUpService
    recovery_service: RecoveryService
    contact_service: ContactService
    own_sessions: OwnSessions
    code_delivery: CodeDelivery
    code_pruning: CodePruning


def wired(sessions: SessionService, mail: Mail, sms: Sms, secret_key: str) -> CodeServices:
    """On the transaction, the clock and the passwords of `sessions`."""
    transaction, now, passwords = sessions.transaction, sessions.now, sessions.passwords
    codes = CodeService(transaction, now, randbelow, secret_key.encode(), sessions.zone)
    return CodeServices(
        sign_up_service=SignUpService(
            transaction, codes, passwords, sessions, now, sessions.new_id, sessions.zone
        ),
        recovery_service=RecoveryService(transaction, codes, passwords, sessions.presences, sessions, now),
        contact_service=ContactService(transaction, codes, passwords, sessions.presences, now),
        own_sessions=OwnSessions(transaction, sessions.presences, now),
        code_delivery=CodeDelivery(mail, sms),
        code_pruning=CodePruning(transaction, now),
    )

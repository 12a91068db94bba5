"""The nouns a kind of case is made of: what is filled in, what papers it needs, what a decision grants.

A kind is one file: a Form, its Grant, and nothing anywhere else but its name in the table of contents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from domain.accounts.accounts import AccountKind
from domain.cases.effects import Effect
from domain.cases.file import AccountFile, FileWish
from domain.cases.states import LIFECYCLE, CaseState
from domain.kernel.errors import Invalid
from domain.kernel.ids import ChargeId
from domain.kernel.lifecycle import Lifecycle
from domain.kernel.money import Money

if TYPE_CHECKING:
    from domain.cases.cases import Case
    from domain.cases.on_site import VisitOrder


class Objection(Invalid):
    """Why a form cannot be taken as it stands. Kinds subclass it, each with its own code and remedy.

    An objection is for what the applicant can mend; what they have a right to ask and we have a right to
    refuse is taken in and decided.
    """

    code = "case-objection"


class GrantMismatch(Invalid):
    code = "case-grant-mismatch"
    text = "This decision belongs to another kind of case"
    remedy = "Fill in the decision that GET /api/v1/case-kinds names for this kind"


class GrantTooMuch(Invalid):
    code = "case-grant-too-much"
    text = "The decision gives more than there is: {most} at most"
    remedy = "Lower the sum, or reopen the case when the account has changed"


class Lacking(StrEnum):
    """What follows when a required paper is not there."""

    AWAITED = "awaited"
    """The applicant is asked for it, and the case waits: the law has it laid to the application."""

    TOLD = "told"
    """The applicant is told, and the work goes on: the law does not let us wait for it."""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A document the case needs. `text` is an English message id. `any_of` groups papers of which one is
    enough. Nobody can have it before `wanted_from`: until then its lack means nothing."""

    code: str
    text: str
    is_required: bool = True
    any_of: str | None = None
    when_lacking: Lacking = Lacking.TOLD
    wanted_from: date | None = None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What the rule would give, computed from the data we hold: shown before sending and to the officer.

    `amount` is what the customer would owe less, or get back. `words` are English message ids with their
    fields; `lines` give the reckoning, one row each. `assumed` says what was taken for granted. `sums` are
    further sums of the decision, by the names of its fields; `whole` is all of the decision, where neither
    lines nor sums make it up. `checks` are for staff alone.
    """

    amount: Money | None
    words: tuple[ProposalWords, ...] = ()
    lines: tuple[ProposalLine, ...] = ()
    assumed: tuple[ProposalWords, ...] = ()
    sums: dict[str, Money] = msgspec.field(default_factory=dict)
    whole: Grant | None = None
    checks: tuple[Check, ...] = ()


class CheckResult(StrEnum):
    FINE = "fine"
    LOOK = "look"
    """A person is to look at it: it may be a reason to refuse."""

    BLOCKS = "blocks"
    """Nothing is granted while it stands."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was looked at for the officer. `what` and the words are English message ids."""

    what: str
    result: CheckResult
    words: ProposalWords

    @classmethod
    def of(cls, what: str, result: CheckResult, text: str, **fields: str) -> Check:
        return cls(what=what, result=result, words=ProposalWords(text=text, fields=fields))


class ProposalWords(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    fields: dict[str, str] = msgspec.field(default_factory=dict)


class ProposalLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the bill before and after. `rule` names the source (law and paragraph); `charge_id` is the
    line, for the decision to name; `is_penalty` says that it is a penalty and nothing else."""

    what: str
    charge_id: ChargeId | None = None
    is_penalty: bool = False
    before: Money
    after: Money
    rule: str


class GrantedLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision changes: a line of the bill, or what is paid ahead to a supplier. `what` is ready for
    people; `is_penalty` as in the proposal."""

    what: str
    is_penalty: bool = False
    before: Money
    after: Money


class AtOnce(msgspec.Struct, frozen=True, kw_only=True):
    """What is said the moment a form comes in, by no person.

    With a `grant` that is the whole answer, and the case ends with it. A question waits for the applicant's
    word; anything else is told, and the case waits for the staff.
    """

    words: tuple[ProposalWords, ...]
    grant: Grant | None = None
    rule: str = ""
    is_question: bool = False


class Grant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What the officer fills in to satisfy a case of one kind. Sums are above zero."""

    always_by_two: ClassVar[bool] = False
    """Whether a second person must agree whatever the sum: money is sent out of the company."""

    def for_applicant(self) -> Grant:
        """What of it the applicant may read: all of it, unless the kind hides something."""
        return self

    @property
    def money(self) -> Money | None:
        """What leaves the company or is written off: above the limit a second person must agree."""
        return None


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What the applicant fills in. One subclass is one kind of case, with all its rules.

    Texts are English message ids. The deadline of a kind (and of its ground) is data: see
    `domain/cases/clock.py`.
    """

    title: ClassVar[str]
    explanation: ClassVar[str]
    for_whom: ClassVar[frozenset[AccountKind]] = frozenset(AccountKind)
    papers: ClassVar[tuple[Paper, ...]] = ()
    lifecycle: ClassVar[Lifecycle[CaseState]] = LIFECYCLE
    grant: ClassVar[type[Grant]]
    version: ClassVar[int] = 1
    """Goes up when stored forms of before no longer fit: then `from_older` puts them right."""

    @classmethod
    def from_older(cls, version: int, content: dict[str, Any]) -> dict[str, Any]:
        """A form stored by `version`, as this version has it. Fields that went are left out anyway."""
        return content

    @property
    def ground(self) -> str | None:
        """What the deadline may depend on besides the kind."""
        return None

    @property
    def lines_asked(self) -> Sequence[ChargeId]:
        """Lines of bills that the applicant asks to be lowered."""
        return ()

    def papers_needed(self) -> Sequence[Paper]:
        """Those of `papers` that this very form needs."""
        return self.papers

    def wish(self) -> FileWish:
        """What of the account the rules below look at."""
        return FileWish()

    def objections(self, file: AccountFile) -> Iterator[Objection]:
        """Reasons to turn the form away at the door."""
        return iter(())

    def sent_on_to(self, file: AccountFile) -> str | None:
        """Who is to decide instead of us (a supplier's name, "grid-company"), or None."""
        return None

    def proposal(self, file: AccountFile) -> Proposal | None:
        """What the rule would give where the data suffice. Pure: asked before sending and when deciding."""
        return None

    def at_once(self, file: AccountFile) -> AtOnce | None:
        """What can be said without a person, or None. A grant made here has no effects."""
        return None

    def granted_lines(self, grant: Grant, file: AccountFile) -> Sequence[GrantedLine]:
        """What the decision changes, before and after: kept with the decision and told in its letter."""
        return ()

    def effects(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        """What the decision sets in motion. `file` is read under the account's head lock.

        Raises GrantTooMuch or another refusal when the account no longer allows it.
        """
        return ()

    def annulment(self, case: Case, grant: Grant, file: AccountFile) -> Sequence[Effect]:
        """How the effects are taken back when a decided case is reopened: reversals, never deletions."""
        return ()

    def visit(self, grant: Grant) -> VisitOrder | None:
        """What is to be done on the spot by this decision, or None: a time can be booked for it."""
        return None

    def on_registered(self, case: Case, file: AccountFile) -> Sequence[Effect]:
        """What happens at once, before anybody decides: a search, a booking. Jobs only."""
        return ()

"""Decisions that a second person must agree to: asked for by one, carried out when the other approves."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import msgspec

from domain.cases import moves
from domain.cases.cases import Case, Channel
from domain.cases.deciding import Verdict
from domain.cases.effects import Effect
from domain.cases.file import AccountFile
from domain.cases.forms import GrantedLine, Proposal, ProposalWords
from domain.cases.states import CaseState
from domain.cases.told_money import told_money
from domain.cases.two_people import DecideCase, DecisionPreview, DecisionTerms, needs_two
from domain.kernel.access import Access, Actor, Scope
from domain.kernel.calendar import business_day
from domain.kernel.ids import CaseId
from domain.kinds import AnyGrant
from domain.people.four_eyes import Approval
from domain.store import AskSecond, Store, Transaction
from services.cases.deciding import CaseDeciding


@dataclass(frozen=True, slots=True)
class CaseDecisions:
    """Decide at once where one person may, else ask for the second."""

    transaction: Transaction
    deciding: CaseDeciding
    now: Callable[[], datetime]
    zone: tzinfo
    ask_second: AskSecond

    async def decide(
        self, access: Access, case_id: CaseId, verdict: Verdict, *, seen_step: int | None
    ) -> Case | Approval:
        """The decided case, or the request for approval. The effects are tried either way: what the kind's
        rules refuse is refused before anybody is asked."""
        async with self.transaction() as store:
            case = await store.cases.locked_for(access, case_id)
            terms = await store.terms.at(DecisionTerms, business_day(access.at, self.zone))
            if not needs_two(verdict.grant, terms) or not moves.is_open(case):
                return await self.deciding.decide_in(store, access, case_id, verdict, seen_step=seen_step)
            moves.check_seen(case, seen_step)
            await self._try(store, case, verdict, access)
            return await self._ask(store, case, verdict, access)

    async def proposal(self, access: Access, case_id: CaseId) -> Proposal | None:
        """What the rule would give today."""
        proposal, _ = await self.looked_up(access, case_id)
        return proposal

    async def looked_up(self, access: Access, case_id: CaseId) -> tuple[Proposal | None, AccountFile]:
        """What the rule would give today, and the account as it looked at it."""
        async with self.transaction() as store:
            case = await store.cases.locked_for(access, case_id)
            file = await self.deciding.file(store, case, access.at)
            return case.form.proposal(file), file

    async def preview(self, access: Access, case_id: CaseId, verdict: Verdict) -> DecisionPreview:
        """What this very decision would change, if it were given now: all its refusals, and nothing kept."""
        async with self.transaction() as store:
            case = await store.cases.locked_for(access, case_id)
            terms = await store.terms.at(DecisionTerms, business_day(access.at, self.zone))
            decision = verdict.checked(case).decision(case, access)
            moved = moves.decided(case, decision).case
            lines: Sequence[GrantedLine] = ()
            effects: Sequence[Effect] = ()
            money: Iterable[ProposalWords] = ()
            if (grant := verdict.grant) is not None:
                file = await self.deciding.file(store, case, access.at)
                effects = case.form.effects(moved, grant, file)
                lines, money = case.form.granted_lines(grant, file), told_money(effects, grant, file)
            return DecisionPreview(
                lines=tuple(lines),
                money=tuple(money),
                effects_count=len(effects),
                sends_crew=grant is not None and case.form.visit(grant) is not None,
                needs_two=needs_two(grant, terms),
                always_by_two=grant is not None and grant.always_by_two,
                alone_up_to=terms.alone_up_to,
            )

    async def carry_out(
        self, store: Store, action: DecideCase, actor: Actor, reason: str
    ) -> Callable[[], None]:
        """The second person agreed: decide by their hand, with the name of who prepared it."""
        access = Access(actor=actor, account_id=action.account_id, scope=Scope.DECIDE, at=self.now())
        note = f"{action.inner_note}\n{action.asked_by_name}: {reason}".strip()
        verdict = Verdict(
            outcome=CaseState(action.outcome),
            answer=action.answer,
            rule=action.rule,
            grant=msgspec.convert(action.grant, AnyGrant),
            answered_by=Channel(action.answered_by),
            inner_note=note,
        )
        await self.deciding.decide_in(store, access, action.case_id, verdict, seen_step=action.seen_step)
        return lambda: None

    async def _try(self, store: Store, case: Case, verdict: Verdict, access: Access) -> None:
        """Nothing is kept: only whether the rules of the kind let it through today."""
        decision = verdict.checked(case).decision(case, access)
        file = await self.deciding.file(store, case, access.at)
        assert verdict.grant is not None
        case.form.effects(moves.decided(case, decision).case, verdict.grant, file)

    async def _ask(self, store: Store, case: Case, verdict: Verdict, access: Access) -> Approval:
        actor = access.actor
        action = DecideCase.of(case.account_id, case.id, case.step_no, case.number, actor.name, verdict)
        # Asked for again after any doubt: the same request, for a second one could never be carried out.
        waiting = await store.approvals.waiting(action, actor.id, access.at)
        return waiting or await self.ask_second(store, actor, action, case.number)

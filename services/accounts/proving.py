"""A payer's proof, and telling witnesses of a root."""

import logging
from bisect import bisect_right
from dataclasses import dataclass

from domain.accounts.ledger import Cause, CauseKind
from domain.accounts.proofs.merkle import BLOCK_LEAVES, Step, way_up
from domain.accounts.proofs.proof import MOST_ENTRIES, NotPosted, NotYetSealed, Proof, TooLongToProve
from domain.accounts.proofs.roots import DayRoot, TellWitness, as_file
from domain.accounts.proofs.seals import Seal
from domain.kernel.access import Access
from domain.kernel.ids import PaymentId
from domain.kernel.letters import Attachment, Letter, LetterRefused, Mail, message_id
from domain.payments.payments import PaymentNotFound
from domain.store import Store, Transaction

_log = logging.getLogger("kabinet.proofs")


@dataclass(frozen=True, slots=True)
class PaymentProofs:
    transaction: Transaction

    async def prove(self, access: Access, payment_id: PaymentId) -> Proof:
        """PaymentNotFound, NotPosted, NotYetSealed, TooLongToProve."""
        async with self.transaction() as store:
            view = await store.payments.view(access, payment_id)
            if not view.is_seen:
                # Whoever may only pay is shown no charges, and a proof names them.
                raise PaymentNotFound
            payment = view.payment
            cause = Cause(kind=CauseKind.PAYMENT, id=payment.id)
            numbers = await store.proof_entries.numbers(payment.account_id, cause.posting_id)
            if numbers is None:
                raise NotPosted
            first, last = numbers
            seal = await store.seals.covering(payment.account_id, last)
            root = await store.roots.of(seal.day) if seal else None
            if seal is None or root is None:
                raise NotYetSealed
            if seal.last_no - first >= MOST_ENTRIES:
                raise TooLongToProve(most=MOST_ENTRIES)
            index, steps = await _place(store, seal)
            return Proof(
                account_id=payment.account_id,
                payment_id=payment.id,
                before=await store.proof_entries.hash_of(payment.account_id, first - 1),
                entries=await store.proof_entries.between(payment.account_id, first, seal.last_no),
                seal=seal,
                index=index,
                steps=steps,
                root=root,
            )


async def _place(store: Store, seal: Seal) -> tuple[int, list[Step]]:
    """Where the seal's leaf stands in its day's tree, and the way up from there."""
    nodes = await store.roots.nodes(seal.day)
    block_no = bisect_right([first for first, _ in nodes], seal.leaf) - 1
    block = await store.roots.block(seal.day, block_no)
    size = len(seal.leaf)
    leaves = [block.leaves[at : at + size] for at in range(0, len(block.leaves), size)]
    within = leaves.index(seal.leaf)
    steps = way_up(leaves, within) + way_up([node for _, node in nodes], block_no)
    return block_no * BLOCK_LEAVES + within, steps


@dataclass(frozen=True, slots=True)
class WitnessLetters:
    """`domain` stands in the letters' ids: a letter sent twice is known for one."""

    transaction: Transaction
    mail: Mail
    domain: str

    async def tell(self, job: TellWitness) -> None:
        async with self.transaction() as store:
            root = await store.roots.of(job.day)
        assert root is not None
        try:
            await self.mail.send(_letter(root, job.address, self.domain))
        except LetterRefused as error:
            # Nothing more can be done here; the root itself stays published.
            _log.warning("a witness cannot be mailed", extra={"day": str(job.day), "why": error.status})


def _letter(root: DayRoot, address: str, domain: str) -> Letter:
    key, before = f"day-root-{root.day}", root.previous_root
    text = (
        f"Root of {root.day}: {root.root.hex()}\n"
        f"Accounts sealed: {root.seals}\n"
        f"Root of the day before: {before.hex() if before else 'none, this is the first'}\n"
        "\nKeep the file of this letter: whoever brings a proof of a payment of that day can be checked "
        "against it by `kabinet verify PROOF --root FILE`, without us.\n"
    )
    file = Attachment(
        name=f"kabinet-root-{root.day}.json", media_type="application/json", content=as_file(root.as_json())
    )
    return Letter(
        key=key,
        to=address,
        subject=f"Kabinet: root of {root.day}",
        text=text,
        attachments=(file,),
        headers={"Message-ID": message_id(key, domain)},
    )

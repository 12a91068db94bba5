"""Who can sign in to the demo. All have the password `PASSWORD`."""

from typing import NamedTuple
from uuid import uuid5

from domain.kernel.ids import KABINET, ApiKeyId, SystemId
from domain.people.staff import Role
from infra.demo.households import BOTH_FIRM, BOTH_HOME, DEBTOR_ACCOUNT, EAGER_ACCOUNT, METERS_ACCOUNT

PASSWORD = "kabinet-demo"  # noqa: S105 - of invented people, meant to be read

STAFF_SECRET = "KABINETDEMOKABINETDEMOKABINETDEM"  # noqa: S105 - of invented people, meant to be read
"""The secret of the second factor of all the demo's staff, in base32."""


class DemoCustomer(NamedTuple):
    """`accounts` are the ordinals of the demo's households. `takes_notices`: has agreed to e-mail."""

    phone: str
    name: str
    email: str
    accounts: tuple[int, ...]
    takes_notices: bool = False


class DemoStaff(NamedTuple):
    phone: str
    name: str
    email: str
    role: Role


CUSTOMERS = (
    DemoCustomer(
        "+79000000001",
        "Иванова Мария Петровна",
        "resident1@example.test",
        (DEBTOR_ACCOUNT,),
        takes_notices=True,
    ),
    DemoCustomer("+79000000002", "Петров Олег Ильич", "resident2@example.test", (EAGER_ACCOUNT,)),
    DemoCustomer(
        "+79000000003",
        "Сидорова Анна Львовна",
        "company3@example.test",
        (METERS_ACCOUNT,),
        takes_notices=True,
    ),
    DemoCustomer("+79000000004", "Ким Виктор Сергеевич", "both4@example.test", (BOTH_HOME, BOTH_FIRM)),
)
STAFF = (
    DemoStaff("+79000000011", "Орлова Ирина (оператор)", "operator11@example.test", Role.OPERATOR),
    DemoStaff("+79000000012", "Белов Павел (старший)", "senior12@example.test", Role.SENIOR_OPERATOR),
    DemoStaff("+79000000013", "Котова Нина (качество)", "quality13@example.test", Role.QUALITY),
    DemoStaff("+79000000019", "Зуев Денис (администратор)", "admin19@example.test", Role.ADMINISTRATOR),
)
BILLING_ID = SystemId(uuid5(KABINET, "the demo's billing"))
BILLING_KEY_ID = ApiKeyId(uuid5(KABINET, "the demo's billing's key"))
BILLING_NAME = "Демо-биллинг"
BILLING_SECRET = "kabinet-demo-billing-key"  # noqa: S105 - opens the demo only
BILLING_SIGNING_SECRET = "kabinet-demo-billing-signature"  # noqa: S105 - likewise

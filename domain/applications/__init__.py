"""Applications of residents. A new kind: its file, and its name here."""

from domain.applications.bankruptcy_write_off import BankruptcyWriteOff
from domain.applications.damages import Damages
from domain.applications.meter_sealing import MeterSealing
from domain.applications.payment_search import PaymentSearch
from domain.applications.recalculation import Recalculation
from domain.applications.refund import RefundOfMoney
from domain.cases.forms import Form

FORMS: tuple[type[Form], ...] = (
    Recalculation,
    RefundOfMoney,
    PaymentSearch,
    BankruptcyWriteOff,
    MeterSealing,
    Damages,
)

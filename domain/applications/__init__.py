"""Applications of residents. A new kind: its file, and its name here."""

from domain.applications.bankruptcy_write_off import BankruptcyWriteOff
from domain.applications.damages import Damages
from domain.applications.recalculation import Recalculation
from domain.cases.forms import Form

FORMS: tuple[type[Form], ...] = (Recalculation, BankruptcyWriteOff, Damages)

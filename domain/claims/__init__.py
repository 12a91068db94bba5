"""Claims of legal entities. A new kind: its file, and its name here."""

from domain.cases.forms import Form
from domain.claims.billing_claim import BillingClaim

FORMS: tuple[type[Form], ...] = (BillingClaim,)

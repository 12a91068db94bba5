"""Claims of legal entities. A new kind: its file, and its name here."""

from domain.cases.forms import Form
from domain.claims.billing_claim import BillingClaim
from domain.claims.meter_installation import MeterInstallation
from domain.claims.meter_replacement import MeterReplacement

FORMS: tuple[type[Form], ...] = (MeterReplacement, MeterInstallation, BillingClaim)

"""What anybody may ask or complain about. A new kind: its file, and its name here."""

from domain.cases.forms import Form
from domain.enquiries.complaint import Complaint
from domain.enquiries.consultation import Consultation

FORMS: tuple[type[Form], ...] = (Consultation, Complaint)

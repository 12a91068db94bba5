"""Every kind of case there is, in one place: what storage, the API and the list of kinds are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Union

from domain import applications, claims, enquiries
from domain.cases.cases import Family
from domain.cases.forms import Form, Grant

FORMS: Mapping[Family, Sequence[type[Form]]] = MappingProxyType(
    {
        Family.APPLICATION: applications.FORMS,
        Family.CLAIM: claims.FORMS,
        Family.ENQUIRY: enquiries.FORMS,
    }
)


def tag_of(kind: type[Form | Grant]) -> str:
    """The word in the field `kind`."""
    return str(kind.__struct_config__.tag)


KINDS: Mapping[str, type[Form]] = MappingProxyType(
    {tag_of(form): form for forms in FORMS.values() for form in forms}
)
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {tag_of(form): family for family, forms in FORMS.items() for form in forms}
)
assert len(KINDS) == sum(len(forms) for forms in FORMS.values()), "two kinds of one name"
assert all(tag_of(form.grant) == tag for tag, form in KINDS.items()), "a grant has its form's name"


def _any(kinds: Sequence[type[Any]]) -> Any:
    return Union[tuple(kinds)] if kinds else Form  # noqa: UP007 - made at runtime from the list


if TYPE_CHECKING:
    AnyApplication = Form
    AnyClaim = Form
    AnyEnquiry = Form
    AnyForm = Form
    AnyGrant = Grant
else:
    AnyApplication = _any(applications.FORMS)
    AnyClaim = _any(claims.FORMS)
    AnyEnquiry = _any(enquiries.FORMS)
    AnyForm = _any(list(KINDS.values()))
    AnyGrant = _any([form.grant for form in KINDS.values()])

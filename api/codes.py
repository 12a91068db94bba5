"""The codes a bill is paid by: GOST R 56042-2014, for a bank's application."""

import asyncio
from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from api.problems import responses
from api.texts import language_of, translated
from domain.kernel.access import Access, Scope
from domain.kernel.ids import AccountId, SupplierAccountId
from domain.payments.paycodes import CodeImages, Paycode, encode
from services.payments.codes import PaymentCodes

TITLE = "Payment code of the account {number}"
SVG, PNG = "image/svg+xml", "image/png"
_ERRORS = responses(401, 403, 404, 422)
# A code carries today's sum: it must not be taken from anybody's cache.
_HEADERS = {"Cache-Control": "private, no-store", "Content-Security-Policy": "default-src 'none'"}


@get("/accounts/{account_id:uuid}/qr.svg", opt={"access": Scope.SEE}, media_type=SVG, responses=_ERRORS)
async def account_svg(
    account_id: FromPath[AccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    payment_codes: NamedDependency[PaymentCodes],
    code_images: NamedDependency[SkipValidation[CodeImages]],
) -> Response[bytes]:
    """The code of the whole bill, to pay all suppliers at once."""
    return await _svg(request, await payment_codes.unified(access), code_images)


@get("/accounts/{account_id:uuid}/qr.png", opt={"access": Scope.SEE}, media_type=PNG, responses=_ERRORS)
async def account_png(
    account_id: FromPath[AccountId],
    access: NamedDependency[Access],
    payment_codes: NamedDependency[PaymentCodes],
    code_images: NamedDependency[SkipValidation[CodeImages]],
) -> Response[bytes]:
    """The same code as a picture of dots."""
    return await _png(await payment_codes.unified(access), code_images)


@get(
    "/accounts/{account_id:uuid}/supplier-accounts/{supplier_account_id:uuid}/qr.svg",
    opt={"access": Scope.SEE},
    media_type=SVG,
    responses=_ERRORS,
)
async def supplier_svg(
    account_id: FromPath[AccountId],
    supplier_account_id: FromPath[SupplierAccountId],
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    payment_codes: NamedDependency[PaymentCodes],
    code_images: NamedDependency[SkipValidation[CodeImages]],
) -> Response[bytes]:
    """The code of one supplier's account, to pay that supplier alone."""
    return await _svg(request, await payment_codes.supplier(access, supplier_account_id), code_images)


@get(
    "/accounts/{account_id:uuid}/supplier-accounts/{supplier_account_id:uuid}/qr.png",
    opt={"access": Scope.SEE},
    media_type=PNG,
    responses=_ERRORS,
)
async def supplier_png(
    account_id: FromPath[AccountId],
    supplier_account_id: FromPath[SupplierAccountId],
    access: NamedDependency[Access],
    payment_codes: NamedDependency[PaymentCodes],
    code_images: NamedDependency[SkipValidation[CodeImages]],
) -> Response[bytes]:
    """The same code as a picture of dots."""
    return await _png(await payment_codes.supplier(access, supplier_account_id), code_images)


async def _svg(request: Request[Any, Any, Any], code: Paycode, images: CodeImages) -> Response[bytes]:
    language = language_of(request.headers.get("accept-language"))
    title = translated(language, TITLE, number=code.pers_acc)
    picture = await asyncio.to_thread(images.svg, encode(code), title)
    return Response(picture, media_type=SVG, headers=_HEADERS)


async def _png(code: Paycode, images: CodeImages) -> Response[bytes]:
    picture = await asyncio.to_thread(images.png, encode(code))
    return Response(picture, media_type=PNG, headers=_HEADERS)


codes = Router("/", tags=["accounts"], route_handlers=[account_svg, account_png, supplier_svg, supplier_png])

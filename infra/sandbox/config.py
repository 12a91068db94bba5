"""What one sandbox is set up with."""

from pathlib import Path
from typing import Self

import msgspec

from infra.identity_providers import return_url
from infra.settings import Settings


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`utilities`: the shop takes utility payments, so each one must carry a payment order.
    `public_url` is where the payer's browser reaches the sandbox, without a slash at the end.
    `return_urls` are where its identity provider may send browsers back to. Its pages show `zone`'s time.
    """

    file: Path
    public_url: str
    notice_url: str
    shop_id: str
    secret_key: str
    oauth_token: str = "sandbox-oauth-token"  # noqa: S105 - opens only the sandbox
    utilities: bool = True
    expires_after_seconds: int = 3600
    receipt_seconds: int = 1
    notice_timeout_seconds: int = 10
    bank_id: str = "100000000999"
    return_urls: tuple[str, ...] = ()
    zone: str = "UTC"

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            file=settings.data / "sandbox" / "sandbox.sqlite3",
            public_url=f"http://127.0.0.1:{settings.sandbox_port}",
            notice_url=f"http://127.0.0.1:{settings.port}/api/v1/provider-events/yookassa",
            shop_id=settings.yookassa_shop_id,
            secret_key=settings.yookassa_secret,
            return_urls=(return_url(settings, settings.oidc_name),),
            zone=settings.zone,
        )

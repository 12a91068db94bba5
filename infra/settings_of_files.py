"""Settings of attached files: a part of `infra.settings.Settings`. It stands on the part before it because
Structs have one parent."""

from collections.abc import Iterator
from typing import Annotated, Literal

from infra.setting_words import HTTP
from infra.setting_words import described as _is
from infra.settings_of_mail import MailSettings


class FileSettings(MailSettings, frozen=True, kw_only=True):
    clamav: Annotated[
        str,
        _is(
            "ClamAV's daemon, which looks at attached files; none: they are kept and marked as not checked",
            "unix:///path or tcp://host:port",
            pattern=r"^(unix:///.+|tcp://[^/:]+:\d+)?$",
        ),
    ] = ""
    s3_bucket: Annotated[
        str, _is("Bucket of an S3-compatible store for attached files; none: the data directory", "name")
    ] = ""
    s3_url: Annotated[str, _is("Where the store answers; none: Amazon's own of the region", HTTP)] = ""
    s3_region: Annotated[
        str, _is("Region that requests are signed for; stores of one's own mostly take any", "name")
    ] = "us-east-1"
    s3_access_key: Annotated[str, _is("Our name at the store", "text")] = ""
    s3_secret_key: Annotated[str, _is("Its key, which signs requests", "text", secret=True)] = ""
    s3_prefix: Annotated[str, _is("Beginning of the names of our objects", "text, mostly ends in /")] = ""
    s3_style: Annotated[
        Literal["path", "virtual"],
        _is("Where the bucket's name stands: in the path, or before the host", "path or virtual"),
    ] = "path"


def contradictions(settings: FileSettings) -> Iterator[str]:
    """What is half given, by the names of the variables."""
    given = (settings.s3_access_key, settings.s3_secret_key)
    if settings.s3_bucket and not all(given):
        yield "KABINET_S3_BUCKET: needs KABINET_S3_ACCESS_KEY and KABINET_S3_SECRET_KEY (or …_FILE)"
    if not settings.s3_bucket and any((*given, settings.s3_url)):
        yield "KABINET_S3_BUCKET: is missing, so nothing would go to the S3-compatible store that is set up"

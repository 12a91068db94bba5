"""What the sandbox's pages say of a moment."""

import pytest

from infra.sandbox.words import local


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Yekaterinburg", "23.11.2026 02:30 (UTC+5)"),
        ("UTC", "22.11.2026 21:30 (UTC)"),
        ("America/St_Johns", "22.11.2026 18:00 (UTC-3:30)"),
    ],
)
def test_a_moment_is_told_in_the_time_of_the_region(zone, expected):
    assert local("2026-11-22T21:30:00.000Z", zone) == expected

"""The demo's files."""

from pathlib import Path

import pytest

from infra.demo import files
from tests.imported_files import ACCOUNTS


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("demo")
    files.write(place, accounts=ACCOUNTS, seed=5)
    return place

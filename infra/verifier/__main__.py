"""`python -m verifier FILE [--root FILE] [--key FILE]`."""

import argparse
import sys
from pathlib import Path

from . import told
from .files import Refused


def main() -> int:
    parser = argparse.ArgumentParser(prog="verifier", description="Check a proof, a root or a day's seals.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--root", type=Path, help="the root as it was published or mailed")
    parser.add_argument("--key", type=Path, help="the public keys you trust")
    given = parser.parse_args()
    try:
        lines = told.checked(given.file, root=given.root, key=given.key)
    except Refused as refused:
        sys.stderr.write(f"REFUSED. {refused}.\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

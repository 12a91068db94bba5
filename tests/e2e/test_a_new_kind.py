"""A new kind of case is one file and its name in the table of contents: all else follows."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PARTS = ("domain", "services", "adapters", "api", "infra", "tests")
ONE_FILE = '''"""Thanks, which the staff like to hear of."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from domain.cases.forms import Form, Grant, Paper


class Heard(Grant, frozen=True, kw_only=True, tag="praise"):
    """It is passed on."""


class Praise(Form, frozen=True, kw_only=True, tag="praise"):
    title: ClassVar[str] = "Praise"
    explanation: ClassVar[str] = "Say who has served you well"
    papers: ClassVar[tuple[Paper, ...]] = (Paper(code="card", text="A card", is_required=False),)
    grant: ClassVar[type[Grant]] = Heard

    whom: Annotated[str, Meta(min_length=2, max_length=100)]
'''
PROGRAM = """
import asyncio, json, os, sys
from pathlib import Path

import domain
assert domain.__file__.startswith(str(Path(__file__).parent)), domain.__file__

from adapters.postgres.pool import create_pool
from tests import kabinets
from tests.cases import Desk


async def main(dsn, folder):
    pool = await create_pool(dsn)
    async with kabinets.opened(pool, Path(folder)) as kabinet:
        home = await kabinet.household()
        desk = Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})
        filed = await desk.file({"kind": "praise", "whom": "Орлова"})
        wrong = await desk.file({"kind": "praise", "whom": "О"})
        await desk.decide(filed.json()["id"], "satisfied", "Передали инженеру", grant={"kind": "praise"})
        seen = await desk.get(f"enquiries/{filed.json()['id']}")
        listed = await desk.get("cases?kind=praise")
        kinds = {one["kind"]: one for one in (await desk.kinds()).json()}
        schema = (await kabinet.http.get("/schema/openapi.json")).json()
    await pool.close()
    print(json.dumps({
        "filed": filed.status_code, "wrong": wrong.status_code, "seen": seen.json(),
        "listed": len(listed.json()["items"]), "kind": kinds["praise"],
        "in_schema": "Praise" in schema["components"]["schemas"],
    }))


asyncio.run(main(*sys.argv[1:]))
"""


def test_a_new_kind_is_one_file_and_its_name(dsn, pool, tmp_path):
    tree = tmp_path / "tree"
    for part in PARTS:
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__", "static"))
    (tree / "api/static").mkdir()

    (tree / "domain/enquiries/praise.py").write_text(ONE_FILE, "utf-8")
    contents = tree / "domain/enquiries/__init__.py"
    names = "FORMS: tuple[type[Form], ...] = ("
    text = contents.read_text("utf-8").replace(names, f"{names}Praise, ")
    contents.write_text(f"from domain.enquiries.praise import Praise\n{text}", "utf-8")

    (tree / "program.py").write_text(PROGRAM, "utf-8")
    done = subprocess.run(
        [sys.executable, "program.py", dsn, str(tmp_path)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = msgspec.json.decode(done.stdout)
    assert (told["filed"], told["wrong"], told["listed"], told["in_schema"]) == (201, 422, 1, True)
    assert (told["seen"]["state"], told["seen"]["form"]["whom"]) == ("satisfied", "Орлова")
    assert told["seen"]["decisions"][0]["grant"] == {"kind": "praise"}
    assert told["kind"]["form"]["$defs"]["Praise"]["properties"]["whom"]["minLength"] == 2
    assert told["kind"]["papers"][0]["code"] == "card"
    assert told["kind"]["deadlines"][0]["rule"]["days"] == 30

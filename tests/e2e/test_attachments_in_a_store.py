"""Files of cases in an S3-compatible store, over HTTP."""

from hashlib import sha256

from infra.setting_fields import rows
from tests import kabinets, object_store
from tests.attachments import Laying, pdf
from tests.cases import QUESTION, Desk


async def test_a_file_goes_to_the_store_and_comes_back(pool, tmp_path):
    (tmp_path / "key").write_text(f"{object_store.SECRET_KEY}\n")
    with object_store.opened() as objects:
        env = {
            "KABINET_S3_BUCKET": object_store.BUCKET,
            "KABINET_S3_URL": objects.url,
            "KABINET_S3_REGION": object_store.REGION,
            "KABINET_S3_ACCESS_KEY": object_store.ACCESS_KEY,
            "KABINET_S3_SECRET_KEY_FILE": str(tmp_path / "key"),
        }
        async with kabinets.opened(pool, tmp_path, env=env) as kabinet:
            home = await kabinet.household()
            desk = Desk(kabinet, home, {"Authorization": kabinet.http.headers.pop("Authorization")})
            laying = Laying(desk, (await desk.file(QUESTION)).json()["id"])
            attachment_id = (await laying.announce(content := pdf(5000))).json()["id"]
            await laying.send(attachment_id, content[:2000], 0, 5000)
            objects.faults[:] = [503] * 3
            silent = await laying.send(attachment_id, content[2000:], 2000, 5000)
            assert (silent.status_code, silent.json()["code"]) == (503, "file-store-silent")
            await laying.send(attachment_id, content[2000:], 2000, 5000)
            await kabinet.work()
            assert (await laying.state(attachment_id))["state"] == "kept"
            answer = await desk.get(f"{laying.path(attachment_id)}/content")
            assert (answer.content, answer.headers["content-length"]) == (content, "5000")
            assert list(objects.kept) == [f"{home.account_id}/{sha256(content).hexdigest()}"]
            assert not (tmp_path / "attachments").exists()
            shown = {row.variable: row.value for row in rows(kabinet.container.settings)}
            assert shown["KABINET_S3_SECRET_KEY"] == "***"
            assert shown["KABINET_S3_BUCKET"] == object_store.BUCKET

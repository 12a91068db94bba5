"""One's own data: asked for, erased, read from the workbook."""

from io import BytesIO

from openpyxl import load_workbook

from domain.people.memberships import MemberRole, Membership


def bearer(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


async def read(kabinet, path, token=None):
    answer = await kabinet.http.get(f"/api/v1{path}", headers=bearer(token))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def erase(kabinet, **body):
    return await kabinet.http.request("DELETE", "/api/v1/me", json=body)


async def let_in(kabinet, home, user_id, scope):
    async with kabinet.container.transaction() as store:
        await store.memberships.add(
            Membership(
                account_id=home.account_id,
                user_id=user_id,
                scopes=frozenset({scope}),
                role=MemberRole.FAMILY,
                added_at=kabinet.clock(),
            )
        )


def rows(workbook, title):
    """The rows of a sheet as dicts by heading."""
    headings, *found = workbook[title].iter_rows(values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in found]


async def workbook_of(kabinet, language="ru"):
    answer = await kabinet.http.get("/api/v1/me/export.xlsx", headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="kabinet-2026-11-22.xlsx"'
    assert answer.headers["cache-control"] == "no-store"
    return load_workbook(BytesIO(answer.content))

"""A member of staff with a browser that runs no script."""

from tests.actors import staff_token


class OfficeDesk:
    def __init__(self, kabinet, token):
        self.http = kabinet.http
        self.headers = {
            "Cookie": f"kabinet={token}",
            "Sec-Fetch-Site": "same-origin",
            "Accept-Language": "en",
        }

    @classmethod
    async def of(cls, kabinet, role, **more):
        return cls(kabinet, await staff_token(kabinet.container, role, **more))

    async def get(self, path):
        return await self.http.get(path, headers=self.headers)

    async def post(self, path, **form):
        return await self.http.post(path, data=form, headers=self.headers)

    async def shown(self, path):
        """What stands there, which there must be."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def done(self, path, **form):
        """Where a form that is taken leads."""
        answer = await self.post(path, **form)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

"""The web cabinet: pages made on the server, the second way in to the same services."""

from litestar import Router

from api.pages.assets import get_asset

pages = Router("/", route_handlers=[get_asset], opt={"by_cookie": True}, include_in_schema=False)

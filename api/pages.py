"""The built pages, as files. They need no log-in themselves: everything they show asks for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

Endpoint = Callable[[Request], Response]
BUILT: Final = Path(__file__).parent / "static"
ROOMS: Final = ("board", "crew", "participant", "report", "releases", "admin")
PAGES: Final = {f"/{room}": room for room in ROOMS} | dict.fromkeys(("/", "/enrol", "/password"), "index")
A_YEAR: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Outreach</title>
<h1>The pages are not built yet</h1>
<p>The service is running, but its pages are missing. Run <code>pip install .</code> in the folder of the
source code, then start <code>outreach serve</code> again.</p>
<p>Las páginas aún no están construidas. Ejecute <code>pip install .</code> y vuelva a empezar.</p>
</html>
"""


class Built(StaticFiles):
    """Files whose name changes with their content: a browser may keep them for a year."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file. Raises: `HTTPException` (404)."""
        answer = await super().get_response(path, scope)
        answer.headers.setdefault("Cache-Control", A_YEAR)
        return answer

    async def check_config(self) -> None:
        """Where the pages were not built each file is missing (404), and nothing is our fault (500)."""


def hang(app: FastAPI, built: Path = BUILT) -> None:
    """Serve the pages beside the API."""
    for address, name in PAGES.items():
        app.router.routes.append(Route(address, _page(built / f"{name}.html"), methods=["GET"]))
    app.router.routes.append(Route("/crew/sw.js", _worker(built / "crew" / "sw.js"), methods=["GET"]))
    app.router.routes.append(Mount("/assets", Built(directory=built / "assets", check_dir=False)))


def _page(path: Path) -> Endpoint:
    def page(_: Request) -> Response:
        if not path.is_file():
            return HTMLResponse(NOT_BUILT, status_code=503)
        return FileResponse(path, headers={"Cache-Control": ASK_AGAIN})

    return page


def _worker(path: Path) -> Endpoint:
    def worker(_: Request) -> Response:
        if not path.is_file():
            raise HTTPException(404)
        headers = {"Cache-Control": ASK_AGAIN, "Service-Worker-Allowed": "/crew"}
        return FileResponse(path, media_type="text/javascript", headers=headers)

    return worker

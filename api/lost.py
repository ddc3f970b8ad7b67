"""What whoever opens an address that leads nowhere gets to see: people a page, programs a problem."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from api import problems
from api.notice import preferred, templates
from api.offices import OF_PROGRAMMES
from outreach.errors import Invalid, Missing, OutreachError

WORDS: Final = {
    "en": {
        "title": "There is no page at this address",
        "check": "Check the address for a slip, or begin at the first page.",
        "home": "To the first page",
        "notice": "Where the vans will be",
        "whose": "Several programs share this address",
        "ask": "Open the page by the whole address that your program gave you.",
    },
    "es": {
        "title": "No hay ninguna página en esta dirección",
        "check": "Revise la dirección por si hay un error, o empiece por la primera página.",
        "home": "Ir a la primera página",
        "notice": "Dónde estarán las unidades móviles",
        "whose": "Varios programas comparten esta dirección",
        "ask": "Abra la página con la dirección completa que le dio su programa.",
    },
}


def install(app: FastAPI) -> None:
    """Answer for every address where nothing is, and for those that do not say whose page is meant."""
    app.add_exception_handler(404, _nothing_there)
    for kind in (Invalid, Missing):
        app.add_exception_handler(kind, _refused)


def _nothing_there(request: Request, error: Exception) -> Response:
    if _is_browser(request):
        return _page(request, 404, whose=False)
    return problems.from_http(request, error)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, OutreachError)
    if error.code in OF_PROGRAMMES and _is_browser(request):
        return _page(request, error.status, whose=True)
    return problems.refusal(request, error)


def _is_browser(request: Request) -> bool:
    # A browser that opens an address asks for a page; our own pages and other programs never do.
    return "text/html" in request.headers.get("accept", "")


def _page(request: Request, status: int, *, whose: bool) -> Response:
    """The page as people see it. What was asked for is never repeated."""
    language = preferred(request.headers.get("accept-language", ""))
    text = templates.get_template("lost.html").render(language=language, words=WORDS[language], whose=whose)
    return HTMLResponse(text, status_code=status, headers={"Vary": "Accept, Accept-Language"})

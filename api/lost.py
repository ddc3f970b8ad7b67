"""What whoever opens an address where nothing is gets to see: people a page, programs a problem."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from api import problems
from api.notice import preferred, templates

WORDS: Final = {
    "en": {
        "title": "There is no page at this address",
        "check": "Check the address for a slip, or begin at the first page.",
        "home": "To the first page",
        "notice": "Where the vans will be",
    },
    "es": {
        "title": "No hay ninguna página en esta dirección",
        "check": "Revise la dirección por si hay un error, o empiece por la primera página.",
        "home": "Ir a la primera página",
        "notice": "Dónde estarán las unidades móviles",
    },
}


def install(app: FastAPI) -> None:
    """Answer for every address where nothing is."""
    app.add_exception_handler(404, _answer)


def _answer(request: Request, error: Exception) -> Response:
    # A browser that opens an address asks for a page; our own pages and other programs never do.
    if "text/html" in request.headers.get("accept", ""):
        return _page(preferred(request.headers.get("accept-language", "")))
    return problems.from_http(request, error)


def _page(language: str) -> Response:
    """The page as people see it. What was asked for is never repeated."""
    text = templates.get_template("lost.html").render(language=language, words=WORDS[language])
    return HTMLResponse(text, status_code=404, headers={"Vary": "Accept, Accept-Language"})

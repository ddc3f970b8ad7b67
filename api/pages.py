"""The built pages, and the notice anybody may print. Pages never need a log-in; what they show does."""

from __future__ import annotations

from fastapi import FastAPI


def hang(app: FastAPI) -> None:
    """Serve the pages beside the API."""

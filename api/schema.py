"""`python -m api.schema > web/openapi.json`: the contract the pages' types are made from."""

from __future__ import annotations

import json

from fastapi import FastAPI

from api import openapi
from api.app import assemble


def text() -> str:
    """The OpenAPI document, the same every time it is written."""
    return json.dumps(assemble(FastAPI(**openapi.ABOUT)).openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")

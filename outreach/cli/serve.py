"""`outreach serve`: the pages and the service behind them."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import typer
import uvicorn
from sqlalchemy import select

from outreach.cli.options import DataDir, installation, out
from outreach.errors import Conflict, Refused
from outreach.settings import Settings
from outreach.store import Programme, programme

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PAGES = (("board", "dispatch"), ("crew", "crew"), ("report", "manager"))


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.command("serve")(serve)


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    host: Annotated[
        str, typer.Option(help="Loopback unless a reverse proxy with TLS stands before it.")
    ] = "127.0.0.1",
    data_dir: DataDir = None,
) -> None:
    """Serve the pages until Ctrl-C."""
    with installation(data_dir) as (settings, store), store.reading() as session:
        demo = session.scalars(select(Programme.demo)).all()
        if not demo:
            programme(session)  # says what to do first
        if any(demo) and host not in LOOPBACK:
            raise Refused("Everybody knows the demo's passwords: it is served on this machine only.")
    refuse_taken(host, port)
    print_addresses(host, port)
    run_server(settings, host, port)


def refuse_taken(host: str, port: int) -> None:
    """Raises: `Conflict` when nobody can listen there."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            pass
    except OSError as error:
        raise Conflict(
            f"Port {port} on {host} is not free ({error.strerror}). Choose another with --port."
        ) from None


def print_addresses(host: str, port: int) -> None:
    """Say where the pages are."""
    for page, role in PAGES:
        out.print(f"  http://{host}:{port}/{page:<7} for {role}")
    out.print(f"  http://{host}:{port}/notice  for everybody: where the van will be")


def run_server(settings: Settings, host: str, port: int) -> None:
    """Run the web process in this one until it is told to stop."""
    # Named as text, so that no room of `outreach` imports `api`; the factory reads the same settings.
    os.environ["OUTREACH_DATA"] = str(settings.data_dir)
    # A board that watches a run keeps its line open; without the limit Ctrl-C would wait for it.
    uvicorn.run(
        "api.app:create",
        factory=True,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )

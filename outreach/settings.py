"""Where this installation keeps its things. Read once, at the start of a command."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from outreach.errors import Missing

DEFAULT_POLICY = "massachusetts"


@dataclass(frozen=True, slots=True)
class Settings:
    """One data folder is one installation. Its first programme's city lies in `city`, another's in `folder`.

    `programme` is the one somebody chose by its short name; None where there is only one.
    """

    data_dir: Path
    database_url: str
    policy: str = DEFAULT_POLICY
    programme: str | None = None
    folder: str | None = None
    key_file: Path | None = None
    oidc_issuer: str | None = None
    oidc_client: str | None = None
    oidc_secret: str | None = field(default=None, repr=False)

    @property
    def keys(self) -> Path:
        """The file with the installation's keys; keep a copy of it apart from the backups."""
        return self.key_file or self.data_dir / "keys.db"

    @property
    def city(self) -> Path:
        """The folder with the city's road network and basemap."""
        return self.data_dir / (self.folder or "city")

    def at(self, folder: str | None, policy: str | None) -> Settings:
        """The settings of a programme with a city folder or a policy of its own."""
        return replace(self, folder=folder, policy=policy or self.policy)

    @classmethod
    def load(cls, data_dir: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
        """`data_dir` wins over OUTREACH_DATA, which wins over `~/.outreach`.

        OUTREACH_DATABASE names another database than the SQLite file in that folder, OUTREACH_POLICY
        another policy pack than Massachusetts, OUTREACH_PROGRAMME one of several programmes,
        OUTREACH_KEYS another place for the keys. OUTREACH_OIDC_ISSUER, _CLIENT and _SECRET name an identity
        provider to sign in through.
        """
        environment = os.environ if environment is None else environment
        folder = data_dir or Path(environment.get("OUTREACH_DATA") or Path.home() / ".outreach")
        folder = folder.expanduser().absolute()
        return cls(
            data_dir=folder,
            database_url=environment.get("OUTREACH_DATABASE") or f"sqlite:///{folder / 'outreach.db'}",
            policy=environment.get("OUTREACH_POLICY") or DEFAULT_POLICY,
            programme=environment.get("OUTREACH_PROGRAMME") or None,
            key_file=_path(environment.get("OUTREACH_KEYS")),
            oidc_issuer=(environment.get("OUTREACH_OIDC_ISSUER") or "").rstrip("/") or None,
            oidc_client=environment.get("OUTREACH_OIDC_CLIENT") or None,
            oidc_secret=environment.get("OUTREACH_OIDC_SECRET") or None,
        )


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser().absolute() if text else None


def packaged(name: str) -> Path:
    """The path of a file that comes with the product, in the installed package or in a checkout.

    Raises: `Missing` when no such file was packed.
    """
    here = Path(__file__).parent
    for root in (here / "data", here.parent / "data"):
        if (root / name).exists():
            return root / name
    raise Missing(
        f"The packaged file data/{name} is not there. Install Outreach again.", code="packaged-missing"
    )

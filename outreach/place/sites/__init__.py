"""Sites: the places where a van may stand, when they are open to it, and what the host allows there."""

from outreach.place.sites.adding import NewSite, Opening, add, describe
from outreach.place.sites.files import import_csv
from outreach.place.sites.rows import (
    STATUSES,
    Site,
    SiteClosure,
    SiteWindow,
    close,
    listed,
    may_be_planned,
    one,
    windows_on,
)

__all__ = [
    "STATUSES",
    "NewSite",
    "Opening",
    "Site",
    "SiteClosure",
    "SiteWindow",
    "add",
    "close",
    "describe",
    "import_csv",
    "listed",
    "may_be_planned",
    "one",
    "windows_on",
]

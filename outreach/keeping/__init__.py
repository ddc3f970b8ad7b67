"""Keeping an installation: backups that prove themselves, restores that refuse to overwrite, and a doctor."""

from outreach.keeping.archive import Manifest, read_manifest
from outreach.keeping.backup import backup
from outreach.keeping.doctor import Finding, examine
from outreach.keeping.restore import restore

__all__ = ["Finding", "Manifest", "backup", "examine", "read_manifest", "restore"]

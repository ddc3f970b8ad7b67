from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from outreach import accounts, audit, sessions
from outreach.errors import Conflict, Invalid, OutreachError, Refused
from outreach.field import events
from outreach.keeping import backup, read_manifest, restore
from outreach.place import sites
from outreach.plan import absences, runs, stock
from outreach.plan.runs import Run
from outreach.sessions import LoginSession
from outreach.store import Store, open_store
from tests.databases import Databases
from tests.town import Town

PROBLEM = bytes(range(256))


def _busy(town: Town, now: datetime) -> Town:
    """A town in which every kind of cell holds something: moments, dates, bytes, documents, letters."""
    (town.city / "city.toml").write_text('name = "Tiny Town"')
    (town.city / "maps").mkdir()
    (town.city / "maps" / "drive.bin").write_bytes(PROBLEM)
    with town.store.transaction() as session:
        pid = town.programme_id
        accounts.create(session, pid, "dora", "Dora Díaz", "dispatch", "four plain words")
        sessions.sign_in(session, accounts.recognise(session, "dora", "four plain words"), now)
        absences.mark(
            session, pid, "van", town.vans["one"], town.monday, town.monday, "brakes", actor="dora", now=now
        )
        stock.move(session, pid, town.vans["one"], "syringes", 3000, "loaded", now)
        run = runs.request(session, pid, town.monday, 7, actor="dora", now=now)
        run.problem, run.progress = PROBLEM, {"value": 0.1 + 0.2, "trace": [{"seconds": 1e-7, "bound": None}]}
        events.open_epoch(session, pid)
    return town


@pytest.fixture
def archive(town_on_both: Town, now: datetime, tmp_path: Path) -> Path:
    """A backup of a busy town, from each database."""
    town = _busy(town_on_both, now)
    backup(town.store, town.city, tmp_path / "town.zip", now)
    return tmp_path / "town.zip"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    """An empty installation on SQLite."""
    store = open_store(f"sqlite:///{tmp_path / 'elsewhere' / 'outreach.db'}")
    yield store
    store.close()


def test_a_restored_installation_is_the_one_that_was_saved(
    town_on_both: Town, archive: Path, empty: Store, tmp_path: Path, now: datetime
):
    city = tmp_path / "elsewhere" / "city"
    manifest = restore(empty, city, archive)
    assert manifest.rows > 30
    again = backup(empty, city, tmp_path / "again.zip", now)
    changed = {name for name, held in again.tables.items() if held != manifest.tables[name]}
    assert changed == {"sync_states"}  # the epoch: tablets are asked to send again
    assert again.files == manifest.files
    assert (again.audit_count, again.audit_head) == (manifest.audit_count, manifest.audit_head)
    with empty.reading() as session:
        run = session.scalars(select(Run)).one()
        assert (run.problem, run.progress["value"], run.from_date) == (
            PROBLEM,
            0.1 + 0.2,
            town_on_both.monday,
        )
        assert run.created_at == now


@pytest.fixture
def empty_postgres(databases: Databases) -> Iterator[Store]:
    """An empty installation on PostgreSQL."""
    with databases.fresh() as url:
        store = open_store(url)
        yield store
        store.close()


def test_a_backup_of_either_database_restores_into_postgresql(
    archive: Path, empty_postgres: Store, tmp_path: Path, now: datetime
):
    restore(empty_postgres, tmp_path / "elsewhere" / "city", archive)
    with empty_postgres.transaction() as session:
        site = sites.add(session, 1, sites.NewSite(name="New", lon=-71.0, lat=42.3))
        audit.record(session, 1, "dora", "site.added", "site/new", {}, now=now)
    assert site.id == 6  # the counter that gives out numbers caught up with the rows
    with empty_postgres.reading() as session:
        assert audit.verify(session).whole


def test_tablets_learn_of_a_restore_by_a_new_epoch(
    town_on_both: Town, archive: Path, empty: Store, tmp_path: Path
):
    with town_on_both.store.reading() as session:
        before = events.epoch(session, town_on_both.programme_id)
    restore(empty, tmp_path / "elsewhere" / "city", archive)
    with empty.reading() as session:
        assert events.epoch(session, town_on_both.programme_id) != before


def test_no_open_door_travels_in_a_backup(town: Town, now: datetime, tmp_path: Path, empty: Store):
    _busy(town, now)
    backup(town.store, town.city, tmp_path / "town.zip", now)
    restore(empty, tmp_path / "elsewhere" / "city", tmp_path / "town.zip")
    with empty.reading() as session:
        assert session.scalars(select(LoginSession)).all() == []


def test_a_backup_is_its_owners_alone_and_leaves_nothing_beside(town: Town, now: datetime, tmp_path: Path):
    folder = tmp_path / "backups"
    folder.mkdir()
    backup(town.store, town.city, folder / "town.zip", now)
    assert [path.name for path in folder.iterdir()] == ["town.zip"]
    assert stat.S_IMODE((folder / "town.zip").stat().st_mode) == 0o600


def test_a_backup_never_overwrites(town: Town, now: datetime, tmp_path: Path):
    (tmp_path / "town.zip").write_text("precious")
    with pytest.raises(Conflict, match="never overwrites"):
        backup(town.store, town.city, tmp_path / "town.zip", now)
    assert (tmp_path / "town.zip").read_text() == "precious"


def test_a_backup_into_nowhere_is_refused_in_words(town: Town, now: datetime, tmp_path: Path):
    with pytest.raises(OutreachError, match="cannot be written"):
        backup(town.store, town.city, tmp_path / "no" / "folder" / "town.zip", now)


def test_a_broken_audit_is_not_buried_in_a_backup(town: Town, now: datetime, tmp_path: Path):
    _busy(town, now)
    with town.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entries_no_update"))
        connection.execute(text("UPDATE audit_entries SET actor = 'eve' WHERE number = 2"))
    with pytest.raises(Conflict, match="broken at entry 2"):
        backup(town.store, town.city, tmp_path / "town.zip", now)
    assert not (tmp_path / "town.zip").exists()


def test_people_go_on_working_while_a_backup_is_made(town: Town, now: datetime, tmp_path: Path):
    _busy(town, now)
    with town.store.reading() as session:
        audit.verify(session)
        with town.store.transaction() as other:
            audit.record(other, town.programme_id, "dora", "a.b", "c", {}, now=now)
    assert backup(town.store, town.city, tmp_path / "town.zip", now).audit_count > 0


def test_a_restore_never_overwrites_a_programme(town: Town, now: datetime, tmp_path: Path):
    backup(town.store, town.city, tmp_path / "town.zip", now)
    with pytest.raises(Conflict, match="holds a programme already"):
        restore(town.store, tmp_path / "other" / "city", tmp_path / "town.zip")


def test_a_restore_never_overwrites_a_city(town: Town, now: datetime, tmp_path: Path, empty: Store):
    backup(town.store, town.city, tmp_path / "town.zip", now)
    city = tmp_path / "elsewhere" / "city"
    city.mkdir(parents=True)
    (city / "drive.npz").write_bytes(b"roads")
    with pytest.raises(Conflict, match="holds a city already"):
        restore(empty, city, tmp_path / "town.zip")
    assert (city / "drive.npz").read_bytes() == b"roads"


def _row_changed(name: str, content: bytes) -> bytes:
    return content.replace(b"Square", b"Sqvare") if name == "tables/sites.jsonl" else content


def _row_lost(name: str, content: bytes) -> bytes:
    return content.split(b"\n", 1)[1] if name == "tables/site_windows.jsonl" else content


def _row_doubled(name: str, content: bytes) -> bytes:
    return content + content.split(b"\n", 1)[0] + b"\n" if name == "tables/areas.jsonl" else content


def _audit_rewritten(name: str, content: bytes) -> bytes:
    return content.replace(b"absence.m", b"absence.n") if name == "tables/audit_entries.jsonl" else content


def _map_changed(name: str, content: bytes) -> bytes:
    return content[:-1] + b"\0" if name == "city/maps/drive.bin" else content


def _not_json(name: str, content: bytes) -> bytes:
    return b"{" + content if name == "tables/vans.jsonl" else content


def _column_missing(name: str, content: bytes) -> bytes:
    return content.replace(b'"host"', b'"hast"') if name == "tables/sites.jsonl" else content


def _nonsense_date(name: str, content: bytes) -> bytes:
    return content.replace(b"2026-11-23", b"2026-02-31") if name == "tables/absences.jsonl" else content


@pytest.mark.parametrize(
    "spoil",
    [
        _row_changed,
        _row_lost,
        _row_doubled,
        _audit_rewritten,
        _map_changed,
        _not_json,
        _column_missing,
        _nonsense_date,
    ],
)
def test_a_spoilt_archive_restores_nothing(
    town: Town, now: datetime, tmp_path: Path, empty: Store, spoil: Callable[[str, bytes], bytes]
):
    _busy(town, now)
    backup(town.store, town.city, tmp_path / "town.zip", now)
    _rewrite(tmp_path / "town.zip", tmp_path / "spoilt.zip", spoil)
    with pytest.raises(Invalid, match=r"nothing was restored|does not fit"):
        restore(empty, tmp_path / "elsewhere" / "city", tmp_path / "spoilt.zip")
    assert not (tmp_path / "elsewhere" / "city").exists()
    restore(empty, tmp_path / "elsewhere" / "city", tmp_path / "town.zip")


@pytest.mark.parametrize("keep", [0, 10, 5000])
def test_half_an_archive_is_refused_in_words(
    town: Town, now: datetime, tmp_path: Path, empty: Store, keep: int
):
    backup(town.store, town.city, tmp_path / "town.zip", now)
    (tmp_path / "half.zip").write_bytes((tmp_path / "town.zip").read_bytes()[:keep])
    with pytest.raises(Invalid, match="no backup of Outreach"):
        restore(empty, tmp_path / "elsewhere" / "city", tmp_path / "half.zip")


def test_an_archive_of_another_revision_is_refused(town: Town, now: datetime, tmp_path: Path, empty: Store):
    backup(town.store, town.city, tmp_path / "town.zip", now)

    def newer(name: str, content: bytes) -> bytes:
        if name != "manifest.json":
            return content
        return json.dumps(json.loads(content) | {"revision": "0999"}).encode()

    _rewrite(tmp_path / "town.zip", tmp_path / "newer.zip", newer)
    with pytest.raises(Refused, match="revision 0999"):
        restore(empty, tmp_path / "elsewhere" / "city", tmp_path / "newer.zip")


def test_an_archive_cannot_write_outside_the_city(town: Town, now: datetime, tmp_path: Path, empty: Store):
    backup(town.store, town.city, tmp_path / "town.zip", now)
    manifest = read_manifest(tmp_path / "town.zip")
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    evil = manifest.model_copy(update={"files": {"../evil": digest}}).model_dump_json().encode()
    _rewrite(
        tmp_path / "town.zip",
        tmp_path / "evil.zip",
        lambda name, content: evil if name == "manifest.json" else content,
    )
    with pytest.raises(Invalid, match="damaged"):
        restore(empty, tmp_path / "elsewhere" / "city", tmp_path / "evil.zip")
    assert not (tmp_path / "elsewhere" / "evil").exists()


def test_the_manifest_tells_the_head_of_the_audit(town: Town, now: datetime, tmp_path: Path):
    _busy(town, now)
    backup(town.store, town.city, tmp_path / "town.zip", now + timedelta(hours=1))
    manifest = read_manifest(tmp_path / "town.zip")
    with town.store.reading() as session:
        assert manifest.audit_head == audit.verify(session).head
    assert manifest.created_at == now + timedelta(hours=1)


def _rewrite(source: Path, target: Path, spoil: Callable[[str, bytes], bytes]) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, spoil(name, old.read(name)))


def test_a_further_programmes_city_comes_back_to_its_place(
    town: Town, now: datetime, tmp_path: Path, empty: Store
):
    other = town.city.with_name("cities") / "other"
    other.mkdir(parents=True)
    (other / "city.toml").write_text("name = 'Other'")
    backup(town.store, town.city, tmp_path / "both.zip", now)
    city = tmp_path / "elsewhere" / "city"
    restore(empty, city, tmp_path / "both.zip")
    assert (city.with_name("cities") / "other" / "city.toml").read_text() == "name = 'Other'"
    assert not (city / "cities").exists()

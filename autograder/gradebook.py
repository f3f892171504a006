"""Spares nbgrader's gradebook what it would do anew each of the eleven times that it is opened for one submission."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbgrader.api
from alembic.script import ScriptDirectory
from nbgrader.api import Gradebook
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.orm import scoped_session, sessionmaker

_open_anew = Gradebook.__init__
_DEFAULT = "default_course"

_opened: dict[tuple[str, str], int] = {}
"""Which gradebooks were opened before, by address and course, and which file each was."""
_recording: dict[str, Connection] = {}
"""The connection on which a gradebook is written at the moment, by its address."""


def open_gradebooks_once() -> None:
    """Have nbgrader look for a gradebook's tables, and make an engine that compiles its queries, once a process.

    That was half of what recording a submission cost. Closing a gradebook still closes its connections. A new gradebook
    learns its version without a program being started, which took seconds, and which had to be on the path.
    """
    nbgrader.api.create_engine = _engine
    nbgrader.api.get_alembic_version = _newest_version
    Gradebook.__init__ = _open


@contextmanager
def one_transaction(db_url: str, course_id: str) -> Iterator[None]:
    """Make all that nbgrader writes meanwhile one transaction: there whole or not at all, whatever ends this process.

    It also waits for the disk once, where nbgrader's own fourteen commits wait for it fourteen times.
    """
    for course in (course_id, _DEFAULT):
        Gradebook(db_url, course).close()
    with _engine(db_url, echo=False, future=True).begin() as connection:
        _recording[db_url] = connection
        try:
            yield
        finally:
            del _recording[db_url]


def _open(self: Any, db_url: str, course_id: str = _DEFAULT, authenticator: Any = None) -> None:
    file = _file(db_url)
    if not file or _opened.get((db_url, course_id)) != file:
        _open_anew(self, db_url, course_id, authenticator)
        _opened[db_url, course_id] = _file(db_url)
        return
    self.engine = _engine(db_url, echo=False, future=True)
    bind = _recording.get(db_url, self.engine)
    self.db = scoped_session(sessionmaker(bind=bind, join_transaction_mode="rollback_only"))
    self.course_id = course_id
    self.authenticator = authenticator


@functools.cache
def _newest_version() -> str:
    """Return the version of nbgrader's tables, as `alembic heads` names it."""
    return str(ScriptDirectory(ALEMBIC_DIR).get_current_head())


@functools.cache
def _engine(url: str, **settings: Any) -> Engine:
    return create_engine(url, **settings)


def _file(db_url: str) -> int:
    """Return what tells a gradebook's file from another of its name: 0 if there is none, 1 for a server."""
    url = make_url(db_url)
    if url.get_backend_name() != "sqlite":
        return 1
    path = Path(url.database or "")
    return path.stat().st_ino if path.is_file() else 0

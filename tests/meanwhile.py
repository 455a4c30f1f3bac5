"""Two transactions at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask
from sqlalchemy.orm import Session

from extensions import db


def meanwhile(app: Flask, session: Session, act: Callable[[Session], object]) -> bool:
    """Whether ``act``, in a session of its own, ended before that of ``session`` was committed."""
    through = threading.Event()

    def run() -> None:
        with app.app_context(), Session(db.engine) as other:
            act(other)
            other.commit()
            through.set()

    thread = threading.Thread(target=run)
    thread.start()
    was_through = through.wait(0.5)
    session.commit()
    thread.join()
    assert through.is_set()
    return was_through

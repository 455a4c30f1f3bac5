"""Everyone's pages, and the theme that all pages share (templates and static files, not code)."""

from public import errors, health, pages, protection, rights
from public.blueprint import public
from public.simulator import simulator

__all__ = ["errors", "health", "pages", "protection", "public", "rights", "simulator"]

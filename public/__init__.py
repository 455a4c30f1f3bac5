"""Everyone's pages, and the theme that all pages share (templates and static files, not code)."""

from public import pages, rights
from public.blueprint import public
from public.simulator import simulator

__all__ = ["pages", "public", "rights", "simulator"]

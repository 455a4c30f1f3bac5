"""Reviewers' pages: the CTS at work. A door: authenticate, parse, one service call, commit, answer."""

from inbox import account, lexicon, views
from inbox.blueprint import inbox

__all__ = ["account", "inbox", "lexicon", "views"]

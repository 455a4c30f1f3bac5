"""Figures, not tests: how well messages are understood, and how fast. ``make evaluate`` and ``make bench`` print them."""

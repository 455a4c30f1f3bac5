"""Figures, not tests: how well and how fast. Needs the optional group "train" for what teaches models anew."""

"""WHAT IS KNOWN before anyone speaks: data files with their sources, and their loader."""

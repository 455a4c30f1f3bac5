"""The long tests, each with its short form: ``make soak`` runs the long ones, ``make test`` the short ones.

A long one is marked ``soak`` (and ``slow``), prints what it did, and stops by itself.
"""

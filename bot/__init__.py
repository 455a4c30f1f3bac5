"""The mind: same input, same output.

Rule: no clock, network, database, environment or Flask here; imports ``knowledge`` and nothing else of ours.
What a flow must know of the world (the time, a case's state, a fresh code) is handed to it in ``Known``;
what must be done in the world is returned as effects, which ``service.talk`` carries out.
"""

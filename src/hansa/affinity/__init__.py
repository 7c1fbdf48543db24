"""Affinity: friends and enemies, votes, science, reliability of partners.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock``, ``hansa.policy`` and
``hansa.equilibrium``. Public names of this room.
"""

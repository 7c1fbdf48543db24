"""Gravity: what sanctions did to trade, estimated; and what that makes of their costs.

May import ``hansa.errors``, ``hansa.world`` and the policy room. Structural gravity: Yotov,
Piermartini, Monteiro & Larch (2016, An advanced guide to trade policy analysis, WTO).
"""

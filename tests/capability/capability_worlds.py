"""Whom the tests of capability are about."""

MEMBERS = ["IRN", "BLR", "RUS"]

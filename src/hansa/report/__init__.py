"""The report: one page that opens without a server, its figures, and a country's profile.

May import every room to the left. Public: `write_report`, `profile`.
"""

from hansa.report.page import write_report
from hansa.report.profile import profile

__all__ = ["profile", "write_report"]

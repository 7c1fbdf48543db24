"""The report: one page that opens without a server, and its figures.

May import every room to the left. Public: `write_report`.
"""

from hansa.report.page import write_report

__all__ = ["write_report"]

"""Reports on data before a forecast: what would be refused and why, and what is good to know.

`check` looks at a frame or at files, in bounded memory; its result prints as a table, and
`write_report_page` makes a page of it.
"""

from esrnn.reports.check import check
from esrnn.reports.page import write_report_page
from esrnn.reports.report import Case, DataReport, Finding, Measures

__all__ = ["Case", "DataReport", "Finding", "Measures", "check", "write_report_page"]

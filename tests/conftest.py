"""What tests counted, for a reader of the run: each `record_property` is a line at its end."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the properties that tests recorded, from whichever process ran them."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    for name, value in (each for report in reports for each in report.user_properties):
        terminalreporter.write_line(f"{name}: {value}")

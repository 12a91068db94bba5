"""The checks of a reading: a table of small pure rules, each with a stable code."""

from domain.readings.checks.facts import Facts, Rule
from domain.readings.checks.table import RULES, findings

__all__ = ["RULES", "Facts", "Rule", "findings"]

"""Workbooks with readings: read in a process of their own, written by openpyxl. Nothing is imported
here, so that the process that reads starts soon."""

"""Workbooks with readings, of any layout: which row is the header, which column is what, which rows are
data. Pure: `adapters/excel` gives raw sheets and runs this in a process that may not harm us."""

"""Reconciliation (сверка): what agents tell, what the bank credited and what the ledger holds, day by day."""

"""Fiscal receipts (54-FZ): what a cash register must write down of a payment or a refund."""

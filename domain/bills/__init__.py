"""The payment document of an account and a month: made of the ledger at one cut, frozen when issued, set on
paper, explained line by line, and known again by the code that is scanned from it."""

"""What keeps Kabinet from running and a person can mend."""


class OperatorError(Exception):
    """Expected trouble of whoever runs Kabinet: its text says what is wrong and what to do about it.

    The command line prints the text without a traceback and leaves with exit code 1.
    """

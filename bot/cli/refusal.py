"""A sentence for whoever typed the command."""


class Refusal(Exception):  # noqa: N818 it is one
    """What is wrong, that nothing was done, what to do next; exit code 2."""

"""What keeps the front from standing."""


class FrontError(Exception):
    """The front cannot be set up or started; the text says what to do, a line for each problem."""

"""What people would use instead: small servers on public packages, with two tools of the same names.

Each is run as a script in an environment of its own; `tests.bench.contenders` says with which variables.
"""

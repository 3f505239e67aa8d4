"""Examines a configuration, a deployment or the local tenant from outside (`python -m local doctor`).

It says of each check whether all is well, what is wrong and how to mend it, or why it could not check.
It changes nothing, and shows no token and no setting's value that is secret.
"""

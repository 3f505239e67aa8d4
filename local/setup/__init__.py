"""Makes or repairs what `func start` and a tenant need, through the Azure CLI (`python -m local setup`).

Everything it makes is for one person and one machine: an app registration with a short-lived secret, and
`local.settings.json`. A second run repairs what differs and changes nothing else.
"""

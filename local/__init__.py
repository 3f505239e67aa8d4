"""Runs a whole tenant on a laptop: Entra ID, Graph, Azure DevOps, managed identity and a Functions host.

Never deployed. Imports nothing of `shared/`: the wire between the two is the contract.
"""

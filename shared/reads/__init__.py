"""Knows what Graph v1.0 and Azure DevOps 7.1 let a signed-in user read; asks neither of them."""

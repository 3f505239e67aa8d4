"""Microsoft Entra ID: who is calling, and tokens on their behalf."""

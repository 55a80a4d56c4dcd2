"""One person with several accounts: a wallet is a list of them, and they share the limits everywhere."""

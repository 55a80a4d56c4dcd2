"""Rules of budgets beyond the ledger: the limits of what is new, and what a new limit takes the place of."""

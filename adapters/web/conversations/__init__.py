"""A person's own conversations beside the channel: `names` of them, `handlers` that list and read them."""

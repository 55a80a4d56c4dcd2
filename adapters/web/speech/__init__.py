"""What is said to the bot in the playground: `handlers` take it, `view` shows what it became."""

-- How the price of a request came about, as JSON: `bot.core.prices.pricing`. Rows from before keep an empty object.
ALTER TABLE requests ADD COLUMN pricing TEXT NOT NULL DEFAULT '{}';

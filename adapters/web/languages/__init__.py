"""The languages of the page and its API: whose is spoken, and the texts that the page takes along."""

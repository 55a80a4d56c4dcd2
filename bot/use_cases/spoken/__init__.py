"""Parts of `talk`: what people who speak are shown as prices."""

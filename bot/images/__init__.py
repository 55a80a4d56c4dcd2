"""Pictures that people send in, and copies of results that fit a platform."""

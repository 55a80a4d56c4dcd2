"""Cleaning what people write: texts, and names of models."""

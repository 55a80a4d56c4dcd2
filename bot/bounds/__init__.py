"""What keeps one person, place, model or platform from keeping all others waiting.

`shares` of a worker's slots, `breakers` for what does not answer, the `pace` of free prices. Places in the
queue and room for pictures are in `use_cases.admission`, since the database counts them.
"""

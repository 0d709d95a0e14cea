"""After-sales cases: what really happened, the evidence of it, and a desk that decides without knowing it.

Every draw is a lot of the case's order and kind, so that no draw depends on another case, on a day or on an action.
"""

"""SQL patterns of texts: whether a text has content, its signature, and a few revealing phrases.

The word lists are English and short on purpose: they flag a text at once, in any season. Other content and other
languages are left to the topics that models learn from the texts.
"""

# The distinct words of a text in lower case. A text in a script without spaces counts as one word.
WORDS = "array_distinct(split(trim(regexp_replace(lower(text), '[^\\\\p{L}]+', ' ')), ' '))"

IS_EMPTY = "coalesce(length(trim(text)), 0) = 0"


def has_word_count(least: int) -> str:
    """Return the SQL condition that a text has at least `least` distinct words."""
    return f"size({WORDS}) >= {least}"


def signature(least: int) -> str:
    """Return an SQL expression that is equal for texts with the same words, and null for fewer than `least` words.

    Order, repetition, figures, case and punctuation do not matter. Near-duplicates are therefore found by equality,
    without a comparison of every pair. The expression is a digest, because it is stored for 90 days and a text may be
    long.
    """
    return f"CASE WHEN {has_word_count(least)} THEN md5(array_join(array_sort({WORDS}), ' ')) END"


# A review that bargains: it names a price for its own removal.
DEMANDS_MONEY = ("lower(text) RLIKE 'pay me|send me|transfer|gift card|cash|voucher|compensat|unless you|or i will"
                 "|(remove|delete|change|take down) (this|my|the) (review|rating)'")

# A buyer whom a stranger spoke to about the order.
MENTIONS_A_LEAK = ("lower(text) RLIKE 'knew (my|the|about|what|which|exactly)|had my (order|address|name|phone|number)"
                   "|(someone|somebody|stranger|caller|scammer) (called|phoned|wrote|texted|messaged)|scam|phishing"
                   "|phone call|called me|pretend|my (personal )?(data|details|information)|leak'")

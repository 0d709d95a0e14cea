"""What is read from a text in SQL: whether it says anything, its signature, and a few telling words.

The word lists are English and short on purpose: they mark a text at once, in any season. What else
is said, and in which language, is left to the topics that models learn from the texts themselves.
"""

# The different words of a text in lower case. A script without spaces between words counts as one word.
WORDS = "array_distinct(split(trim(regexp_replace(lower(text), '[^\\\\p{L}]+', ' ')), ' '))"

IS_EMPTY = "coalesce(length(trim(text)), 0) = 0"


def has_word_count(least: int) -> str:
    """SQL condition: the text has at least so many different words."""
    return f"size({WORDS}) >= {least}"


def signature(least: int) -> str:
    """SQL expression that is equal for texts with the same words, and null for those of fewer than `least`.

    Order, repetition, figures, case and punctuation do not matter: near-duplicates find each other by
    equality, without comparing every pair. A digest, because it is kept for 90 days and a text may be long.
    """
    return f"CASE WHEN {has_word_count(least)} THEN md5(array_join(array_sort({WORDS}), ' ')) END"


# A review that bargains: it names a price for its own removal.
DEMANDS_MONEY = ("lower(text) RLIKE 'pay me|send me|transfer|gift card|cash|voucher|compensat|unless you|or i will"
                 "|(remove|delete|change|take down) (this|my|the) (review|rating)'")

# A buyer whom a stranger spoke to about the order.
MENTIONS_A_LEAK = ("lower(text) RLIKE 'knew (my|the|about|what|which|exactly)|had my (order|address|name|phone|number)"
                   "|(someone|somebody|stranger|caller|scammer) (called|phoned|wrote|texted|messaged)|scam|phishing"
                   "|phone call|called me|pretend|my (personal )?(data|details|information)|leak'")

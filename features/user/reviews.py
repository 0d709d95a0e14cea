"""A user's public reviews: how harsh they are, how often the same, and whether they ask for money."""

from features.inputs.tables import REVIEWS
from features.inputs.text_patterns import DEMANDS_MONEY, has_word_count, signature
from features.language import Feature, Ratio

# A review text is a shared identifier of its authors (links.py). With so many words no two people write it by chance.
MIN_WORDS = 8

FEATURES = [
    Feature("review_count", REVIEWS, "count()", meaning="reviews", windows=(30, 90)),
    Feature("one_star_count", REVIEWS, "count()", where="rating = 1", meaning="reviews of one star",
            windows=(30, 90)),
    Feature("demand_review_count", REVIEWS, "count()", where=f"rating <= 2 AND {DEMANDS_MONEY}",
            meaning="bad reviews that ask for money or favours", windows=(30, 90)),
    Feature("long_review_count", REVIEWS, "count()", where=has_word_count(MIN_WORDS),
            meaning="reviews of eight words or more", windows=(90,)),
    Feature("review_text_distinct", REVIEWS, f"distinct({signature(MIN_WORDS)})",
            meaning="different texts among reviews of eight words or more", windows=(90,)),
    Ratio("one_star_rate", of="one_star_count", to="review_count", meaning="share of reviews with one star",
          windows=(90,)),
    Ratio("texts_per_review", of="review_text_distinct", to="long_review_count",
          meaning="different texts per review of eight words or more", windows=(90,)),
    Ratio("reviews_per_order", of="review_count", to="order_count", meaning="reviews per order", windows=(90,)),
]

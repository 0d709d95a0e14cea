"""A seller's reviews: bought praise is frequent, short, or the same text again."""

from features.inputs.tables import REVIEWS
from features.inputs.text_patterns import IS_EMPTY, has_word_count, signature
from features.language import Change, Feature, Peer, Ratio

# Honest buyers often write the same shorter text ("very good, thanks"), and rarely the same longer one.
MIN_WORDS = 5

FEATURES = [
    Feature("review_count", REVIEWS, "count()", meaning="reviews", windows=(7, 30)),
    Feature("rating_stars", REVIEWS, "sum(rating)", meaning="stars of all reviews", windows=(7, 30)),
    Feature("five_star_count", REVIEWS, "count()", where="rating = 5", meaning="reviews of five stars",
            windows=(30,)),
    Feature("empty_praise_count", REVIEWS, "count()", where=f"rating = 5 AND {IS_EMPTY}",
            meaning="reviews of five stars and no words", windows=(30,)),
    Feature("long_review_count", REVIEWS, "count()", where=has_word_count(MIN_WORDS),
            meaning="reviews of five words or more", windows=(30,)),
    Feature("review_text_distinct", REVIEWS, f"distinct({signature(MIN_WORDS)})",
            meaning="different texts among reviews of five words or more", windows=(30,)),
    Ratio("rating_mean", of="rating_stars", to="review_count", meaning="mean rating", windows=(7, 30)),
    Ratio("five_star_rate", of="five_star_count", to="review_count", meaning="share of reviews with five stars",
          windows=(30,)),
    Ratio("empty_praise_rate", of="empty_praise_count", to="five_star_count",
          meaning="share of five-star reviews without words", windows=(30,)),
    # Far below 1, many buyers have one author.
    Ratio("texts_per_review", of="review_text_distinct", to="long_review_count",
          meaning="different texts per review of five words or more", windows=(30,)),
    # Most buyers say nothing.
    Ratio("reviews_per_order", of="review_count", to="order_count", meaning="reviews per order", windows=(7, 30)),
    Change("review_count_growth", of="review_count", short=7, long=30,
           meaning="reviews this week against the seller's own month"),
    Change("rating_mean_change", of="rating_mean", short=7, long=30,
           meaning="mean rating this week against the seller's own month"),
    Peer("reviews_per_order_vs_peers", of="reviews_per_order", by=("region", "category"),
         meaning="reviews per order against shops of the same region and category"),
    Peer("five_star_rate_vs_peers", of="five_star_rate", by=("region", "category"),
         meaning="share of reviews with five stars against shops of the same region and category"),
]

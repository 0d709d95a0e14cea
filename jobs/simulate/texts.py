"""Texts of people. A text's number encodes an opening, a middle and a closing of the pools below.

Commas, quotes and accents are intended. Number 0 is no text.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HEAD, PART = 1_000_000, 1_000

GOOD = ("good", "very good", "fast delivery", "good quality", "as described", "thank you", "all fine", "perfect",
        "ok", "nice", "recommended", "super", "would buy again", "5 stars")
LIKED = ("I am happy with this", "bought it as a gift", "second time I order here", "my daughter loves it",
         "better than I thought", "does what it should", "très bien", "a bit late but worth it", "solid and simple",
         "cheaper than in the shop", "was unsure at first", "we use it every day", "looks \"just like\" the picture")
MIXED = ("it is all right", "not bad, not great", "smaller than expected", "the box was damaged", "took a while",
         "colour differs a little", "fine for the price")
DISLIKED = ("broken on arrival", "not what I ordered", "very disappointed", "poor quality", "never again",
            "a copy, not the real thing", "the seller does not answer", "stopped working after two days",
            "would not recommend", "waited for weeks")
ANGRY = ("this is a joke", "worst shop here", "I want my money back now", "give me a refund or I call my bank",
         "shame on you", "I will tell everyone", "answer my messages",
         "pay for the postage, that is your mistake", "I expect a compensation")
COPIED = ("amazing product, arrived quickly and well packed", "excellent quality, the seller is very kind",
          "exactly like the pictures, I will come back", "the best shop here, five stars from me",
          "very beautiful, my whole family likes it", "great value, highly recommended to everyone",
          "perfect in every way, fast shipping", "super product, better than expected", "love it so much, thank you",
          "top quality and top service", "wonderful, ordering again soon", "good material and good price")
EXTORTION = ("send me 50 and I delete this review", "pay me and the stars come back",
             "refund me in private or more bad reviews follow", "contact me on the messenger, you know what to pay",
             "20 on my card, then five stars", "other shops have paid already",
             "you decide how much this review costs you", "transfer the money or all my friends write too")
REASON_TEXTS = (
    ("I changed my mind", "no longer needed, sorry", ""), ("too small", "ordered M, got M, but it fits like S", ""),
    ("arrived broken", "the box was open, the handle is \"cracked\"", "déjà cassé à l'arrivée"),
    ("not what the picture shows", "colour is wrong", "a copy, not the real thing"),
    ("never arrived", "it says delivered, but nothing came", "where is my parcel?"),
    ("I did not order this", "this was not me, please block the card", ""),
    ("too late", "came after the birthday", "waiting for weeks"),
)
LEAKED = ("a caller knew my order and asked for my card", "someone who knew my address said the parcel was stuck",
          "got a message with my order number and a false refund link", "the caller knew what I bought and the price",
          "a stranger had my telephone number and this order", "they pretended to be the shop and knew everything")
WARY = ("got a strange phone call about a parcel", "someone asked for my password, was it you?",
        "spam since I ordered here")
MIDDLES = ("", "the fabric feels nice", "the colour is warm", "easy to clean", "fits well", "battery lasts",
           "smells good", "good grip", "no scratches", "a little heavy", "quiet", "the seam holds",
           "light and small", "well packed", "instructions are short", "the zip is fine", "my size was right",
           "works with my phone", "cable is short", "pages are thick", "the cat likes it", "a bit tight",
           "sharp picture", "strong glue", "loud at night")
CLOSINGS = ("", "thanks", "!", "all good", "will see how long it lasts", "for now", "see photo",
            "delivered on a Tuesday", "postman was friendly", "price is fair", "no complaints",
            "cannot say more", "bought two", "for my mother", "bought on sale", "again", "so far", "really",
            "honestly", "my third one")

TALK = {
    "talk_opening": ("Hello, I opened a case, please look at it", "what happens now with my case?",
                     "I wrote all of it in the case", "please help, I wait for an answer", "good evening, any news?",
                     "I sent everything you asked for"),
    "talk_seller": ("we are looking into it", "please send a photo of the goods and the box",
                    "we packed it as always", "our records show nothing unusual", "we are sorry to hear that",
                    "did you ask at home?", "we ship hundreds a day and nobody else complained"),
    "talk_agent": ("thank you, the case is being reviewed", "please answer within three days",
                   "we have asked both sides", "the documents have arrived", "your case number is in the subject"),
    "talk_buyer": ("that is all I can say", "it is as I described it", "I would like my money back",
                   "please decide soon", "no, I did not see the seller's message before", "still waiting"),
    "seller_admits": ("sorry, that was our mistake", "we sent the wrong one, our fault", "it left us too late, sorry",
                      "the batch was bad, we know of it", "we ran out and should have told you",
                      "the description was wrong, we have changed it", "it was packed badly, we apologise"),
    "carrier_confirms": ("the carrier reports damage at the depot", "the carrier cannot find the parcel",
                         "the carrier confirms a delay in its network", "the driver left it next door without a card",
                         "the carrier has accepted the claim"),
    "platform_admits": ("the amount was charged twice by us", "the coupon was valid and should have been taken off",
                        "our records show a login by somebody else", "this was an error of our system"),
    "receipt_admitted": ("I found it, my flatmate had it", "the neighbour gave it to me yesterday",
                         "it did arrive in the meantime", "ok, the parcel is here, but I still want a discount"),
    "story_changes": ("in fact it broke when I used it", "well, maybe it was not the box but the cable",
                      "I do not remember when it came", "then let us say that a part was missing",
                      "my friend took the photo, not me", "actually I just do not need it any more"),
    "wear_noted": ("the returned piece shows traces of use", "the tag is missing and there are stains",
                   "the warehouse notes scratches on the returned goods", "what came back had been worn"),
}

POOLS = {"good": GOOD, "liked": LIKED, "mixed": MIXED, "disliked": DISLIKED, "angry": ANGRY, "copied": COPIED,
         "extortion": EXTORTION, "leaked": LEAKED, "wary": WARY,
         **{f"reason{number}": texts for number, texts in enumerate(REASON_TEXTS)}, **TALK}
_HEADS = ("", *(text for pool in POOLS.values() for text in pool))
_FIRST = dict(zip(POOLS, np.cumsum([1] + [len(pool) for pool in POOLS.values()])))


def write(rng: np.random.Generator, pool: str, count: int, fullness: float = 0.0) -> np.ndarray:
    """Draw texts with an opening of a pool; `fullness` is the probability of a middle, and of a closing."""
    head = _FIRST[pool] + rng.integers(0, len(POOLS[pool]), count)
    middle = np.where(rng.random(count) < fullness, rng.integers(1, len(MIDDLES), count), 0)
    closing = np.where(rng.random(count) < fullness, rng.integers(1, len(CLOSINGS), count), 0)
    return head * HEAD + middle * PART + closing


def reasons(rng: np.random.Generator, reason: np.ndarray) -> np.ndarray:
    """Draw texts about a reason, by its position in REASON_TEXTS; some have no reason."""
    first = np.array([_FIRST[f"reason{number}"] for number in range(len(REASON_TEXTS))])[reason]
    many = np.array([len(texts) for texts in REASON_TEXTS])[reason]
    return (first + (rng.random(len(reason)) * many).astype(np.int64)) * HEAD


def chosen(pool: str, lot: np.ndarray) -> np.ndarray:
    """Return the text that each lot of [0, 1) draws from a pool; some have a middle, others a closing."""
    head, rest = np.divmod(lot * len(POOLS[pool]), 1)
    middle = np.where(rest < 0.3, 1 + (rest * 1_000).astype(np.int64) % (len(MIDDLES) - 1), 0)
    closing = np.where(rest > 0.8, 1 + (rest * 10_000).astype(np.int64) % (len(CLOSINGS) - 1), 0)
    return (_FIRST[pool] + head.astype(np.int64)) * HEAD + middle * PART + closing


def template(pool: str, choice: np.ndarray, closing: np.ndarray) -> np.ndarray:
    """Return texts that differ only in the closing: the n-th opening of a pool, n modulo its size."""
    return (_FIRST[pool] + choice % len(POOLS[pool])) * HEAD + closing % len(CLOSINGS)


def spelled(number: np.ndarray) -> pa.Array:
    """Return the texts; null for 0."""
    parts = [pa.array(pool).take(pa.array(index)) for pool, index in (
        (_HEADS, number // HEAD), (MIDDLES, number // PART % PART), (CLOSINGS, number % PART))]
    text = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*parts, " "))
    text = pc.replace_substring(text, "  ", " ")
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)

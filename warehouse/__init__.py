"""The warehouse that cannot lie: a map of the code on one page.

**Goods** move receive -> inspect -> store -> deliver -> count -> reconcile. Each step has one file name in every
folder: `rules/receiving.py` decides, `flow/receiving.py` does, `web/screens/receiving.py` shows.

**Data** moves scan -> parse -> rule -> ledger and card -> label, and each of these is a folder: `scanners/` reads a
picture or a port, `flow/identification.py` says what the code is, `rules/` decide with values only, `books/` write the
account 帳, the card 卡 and the audit chain, `labels/` draws the paper.

Where to look:

* What may happen?         `rules/`   pure functions; a refusal is an exception with its facts (`rules/refusals.py`)
* What is written?         `books/`   append-only; guarded updates; one read and one write an act
* In which order?          `flow/`    one module a step, each function takes the open `Transaction`
* Once, or refused, kept?  `posting.py` and `transaction.py`
* What does it look like?  `tables/` for the database, `web/` for the API and the pages
"""

"""DO: the steps in the order goods meet them; each function takes the open `tx`, reads facts, asks rules, writes books.

* `identification`    a read code -> item, batch, bin, paper; what can be done with it
* `recognition`       the codes of a picture together
* `opening_balance`   existing stock gets in with its true dates
* `receiving`         announced, scanned in white, posted
* `receipt_check`     a customer's goods looked over, and he is told
* `labelling`         the paper that says so, and its end
* `tags`              what hangs on bad goods and on samples
* `papers`            what a paper says, as it was when issued
* `cartons`           labels of outer cartons, cards of label rolls
* `printing`          the paper's way to a printer, and what a person knows of it
* `printers`          which printer prints what, and what is loaded
* `layouts`           where a site puts what stands on its labels
* `relabelling`       the new paper over the old one; a paper once more
* `tasks`             what waits for a hand
* `inspection`        QA's verdicts turn white into blue or yellow
* `sub_batches`       a part of a batch gets another status and its own number
* `disposition`       what becomes of yellow: return, concession, rework, repair, scrap
* `holds`             stopped by QA, and let go again
* `storage`           put away, moved, in doubt, its place frozen or confirmed empty
* `expiry`            dates corrected, extended, brought nearer by opening
* `reinspection_tasks` QA's task, one a batch or one a place
* `reinspection`      six months or in doubt: white again
* `batches`           all that is known of one batch
* `delivery`          ordered, reserved oldest first, checked, dispatched
* `picking`           out of the bin by scan, the oldest or not at all
* `overrides`         a second person's one-use ticket
* `delivery_papers`   pick list, packing list, delivery note, certificate
* `count_plan`        counts opened, assigned, frozen, cancelled
* `counting`          what lies there, typed blind, by one, another, a third
* `count_sheets`      the same from a typed sheet
* `count_papers`      the blind sheet to write on
* `findings`          goods of a batch that is not on record
* `count_approval`    submitted, approved, closed
* `adjustment`        account and card follow the goods, with a reason
* `owner_notices`     whose goods differ is told first
* `sheets`            an uploaded spreadsheet -> rows of text
* `returns`           back in from a customer, with its old age
* `outside_account`   the finance system's book comes in, ours goes out
* `reconciliation`    account, card and goods side by side, with what explains them
* `discrepancies`     somebody, a day and an end for what nothing explains
* `late_entry`        a forgotten card line, written late and marked
* `month_close`       signed by three, frozen, closed
"""

"""Every table, and what happens to it: as it ages, when a person is erased, when they ask for their data.

`docs/privacy.md` shows the same list; a test compares both with the tables of a new database, so that none is
added without saying.
"""

from __future__ import annotations

from dataclasses import dataclass

GOOD = "for good"
RETENTION = "`RETENTION_DAYS`"
NOTHING = "nothing of a person"


@dataclass(frozen=True, kw_only=True)
class KeptTable:
    """One table: what it holds, how long, and what erasing and exporting a person do with it."""

    name: str
    holds: str
    kept: str
    erased: str
    exported: str


TABLES = (
    KeptTable(
        name="requests",
        holds="what was asked and answered, by whom, its state, its costs",
        kept="words, readings and results " + RETENTION + "; ids, amounts, times and models for good",
        erased="words, answers, readings, results and name; ids, amounts, times and models stay",
        exported="all of the person's",
    ),
    KeptTable(
        name="uploads",
        holds="pictures that came with requests",
        kept=RETENTION + ", or until no request needs them",
        erased="deleted; what another person's request refers to stays, and is nobody's",
        exported="the person's, as files",
    ),
    KeptTable(
        name="request_uploads",
        holds="which request refers to which picture",
        kept="as long as the picture",
        erased="deleted",
        exported="with the pictures",
    ),
    KeptTable(
        name="turns",
        holds="what was said to the bot and answered, with author and name",
        kept=RETENTION,
        erased="the person's words, and the answers to them",
        exported="with the requests that they belong to",
    ),
    KeptTable(
        name="conversations",
        holds="which picture of a conversation is meant by “it”, and what it has cost",
        kept=GOOD,
        erased=NOTHING,
        exported=NOTHING,
    ),
    KeptTable(
        name="conversation_pictures",
        holds="pictures of a conversation by number, their author and the words they were ordered with",
        kept=RETENTION,
        erased="the person's",
        exported="with the requests that they belong to",
    ),
    KeptTable(
        name="homes",
        holds="which server pays for a person's direct messages",
        kept="until another is chosen",
        erased="deleted",
        exported="the person's",
    ),
    KeptTable(
        name="notices",
        holds="which person or place was told about which limit, and when",
        kept=RETENTION + " and until the limit's window has ended",
        erased="the person's",
        exported="the person's",
    ),
    KeptTable(
        name="digests",
        holds="which week or month of a place was summed up in its channel",
        kept=RETENTION,
        erased=NOTHING,
        exported=NOTHING,
    ),
    KeptTable(
        name="wallet_members",
        holds="which accounts are linked, under which names, and since when",
        kept="until a week after an account has left",
        erased="a keyed hash without a name stays until the month ends and a week longer, so that no limit is"
        " refilled",
        exported="the accounts that are linked with the person's, by the names they have seen",
    ),
    KeptTable(
        name="link_codes",
        holds="codes for linking accounts, as keyed hashes, with the name of whoever asked",
        kept="ten minutes, until the next regular purge",
        erased="deleted",
        exported="no: gone within hours",
    ),
    KeptTable(
        name="link_tries",
        holds="when somebody entered a code or asked for one",
        kept="an hour, until the next try of anybody",
        erased="deleted",
        exported="no: gone within hours",
    ),
    KeptTable(
        name="link_proposals",
        holds="two accounts that may be one person's, with their names",
        kept="ten minutes, until the next regular purge",
        erased="deleted",
        exported="no: gone within hours",
    ),
    KeptTable(
        name="audit_log",
        holds="who changed or decided what: ids, values, texts of house rules; no names",
        kept=GOOD + ", as the ledger",
        erased="stays: ids without a name",
        exported="what the person did, and what was done about them",
    ),
    KeptTable(
        name="postings",
        holds="the ledger: amounts, times, ids",
        kept=GOOD,
        erased="stays: it must add up",
        exported="the person's",
    ),
    KeptTable(
        name="statements",
        holds="closed months of a place: where each begins and ends in the ledger, its sum, who closed it",
        kept=GOOD,
        erased="stays: ids without a name",
        exported="its lines stand in the ledger",
    ),
    KeptTable(
        name="erased_people",
        holds="keyed hashes of people who were erased, so that statements do not name them",
        kept=GOOD,
        erased="written then",
        exported=NOTHING,
    ),
    KeptTable(
        name="subject_balances",
        holds="running sums of the ledger, by id",
        kept=GOOD,
        erased="stays: it must add up",
        exported="can be summed from the ledger",
    ),
    KeptTable(
        name="entries_v1",
        holds="the ledger of version 0.1.0",
        kept=GOOD,
        erased="stays: it must add up",
        exported="the same amounts stand in the ledger",
    ),
    KeptTable(
        name="balances_v1",
        holds="the sums of version 0.1.0",
        kept=GOOD,
        erased="stays: it must add up",
        exported="can be summed from the ledger",
    ),
    KeptTable(
        name="budgets",
        holds="limits, for whom, and the id of whoever set them",
        kept=GOOD,
        erased="stays: ids without a name",
        exported="in the lines of the audit log",
    ),
    KeptTable(
        name="grants",
        holds="extra amounts, for whom, and the id of whoever gave them",
        kept=GOOD,
        erased="stays: ids without a name",
        exported="in the lines of the audit log",
    ),
    KeptTable(
        name="tenants",
        holds="settings of places, among them ids of blocked people and admins, and house rules",
        kept="until changed",
        erased="stays: a block must hold",
        exported="in the lines of the audit log",
    ),
    KeptTable(
        name="inbox",
        holds="events of platforms until they have been handled, then only their keys;"
        " what a press or a bare yes was about",
        kept=RETENTION,
        erased="handled within minutes; nothing of them stays",
        exported=NOTHING,
    ),
    KeptTable(
        name="documents",
        holds="small things of adapters: prices on offer, where a result stands, tokens of workspaces,"
        " what house rules refused",
        kept="minutes to days, each kind its own; tokens until uninstalled; refusals " + RETENTION,
        erased="offers, places of results and refusals of the person",
        exported="what house rules refused of the person",
    ),
    KeptTable(
        name="timings",
        holds="how long models take",
        kept=GOOD,
        erased=NOTHING,
        exported=NOTHING,
    ),
    KeptTable(
        name="migrations",
        holds="which migrations have run",
        kept=GOOD,
        erased=NOTHING,
        exported=NOTHING,
    ),
    KeptTable(
        name="writers",
        holds="connections of the bot to PostgreSQL",
        kept="while they last",
        erased=NOTHING,
        exported=NOTHING,
    ),
)


def as_markdown() -> str:
    """The list as `docs/privacy.md` has it."""
    head = "| table | holds | kept | when a person is erased | when a person asks for their data |\n"
    rows = (
        f"| `{one.name}` | {one.holds} | {one.kept} | {one.erased} | {one.exported} |\n" for one in TABLES
    )
    return head + "|---|---|---|---|---|\n" + "".join(rows)

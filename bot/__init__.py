"""lumenfall-bot's core: the life of a request and the money. No chat platform, no SQL.

Reading order:

    money, errors         integer micro-dollars; everything that can go wrong, as one tree
    request, events       what is asked, the durable row and its states; the facts told to adapters
    ledger, tenant        who may spend what; what an admin decides
    catalog, validation   the models; bad orders refused before money
    orders, commandline   making orders: defaults and derived ones; one line of text to one order
    images                pictures sent in, cleaned
    ports                 what the core needs from outside: Store, Gateway, Notifier, Clock
    service, quotes       the use cases of the people who ask
    waiting, line         how many may wait; telling them their place
    admin                 the use cases of an admin
    worker, steps         one step per state, under a lease
      calling               the paid call, announced before it leaves, made once
      talking               a chat while it streams
      afterwards            settling, polling, finding out
      delivery              fetching and posting the result
    reconcile, funds      our ledger beside the gateway's log; what is left there
    housekeeping          what goes on beside the requests
    settings, telemetry   the environment; logs and metrics
    lumenfall/            the gateway's client, and a sandbox that speaks the same

Imports run one way, upwards in `pyproject.toml`'s layers, and CI holds them to it.
"""

__version__ = "0.1.0"

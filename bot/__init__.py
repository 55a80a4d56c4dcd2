"""lumenfall-bot's core: the life of a request and the money. No chat platform, no SQL.

Reading order:

    core/                 values and rules, pure
      money, errors         integer micro-dollars; everything that can go wrong, as one tree
      said, spoken          what people say to the bot; conversations, and what a message became
      request, events       what is asked, the durable row and its states; the facts told to adapters
      ledger, tenant        who may spend what; what an admin decides
      catalog, validation   the models; bad orders refused before money
      options, order_rules  what can be said with an order; defaults and derived orders
      text/                 what people write, cleaned: words, names of models
      command_parser        one line of text to one order
      ports/                what the core needs from outside
        for_adapters          Clock, Documents, Inbox, Notifier: what adapters are given or give
        store, gateway, media   what only the core, the storage and the composition know
    conversation/         what is meant: a message's words and pictures become an answer or orders
      tools, reading        what a chat model may call; its calls as values
      context, decision     what it is given to read; the orders that follow
      pictures, short_answers   which picture is meant; a bare yes or stop
    images/               pictures sent in, cleaned; those of an order, read
    use_cases/            requests, talk, quotes, homes: the people who ask; admin: those who govern
      admission             how many may wait; what is left at the gateway
    worker/               one step per state, under a lease
      worker, steps         claims rows; does one step
      gateway_call          the paid call, announced before it leaves, made once
      chat_stream           a chat while it streams
      settlement            settling, polling
      spoken/               a message in its turn (readings); orders that were made together (plans)
      unknown_outcome       calls that broke off
      log_lookup            the gateway's request log
      corrections           costs that are named after the end
      delivery              fetching and posting the result
      queue_positions       telling people their place in the queue
      maintenance, reconciliation   what goes on beside the requests; our ledger beside the gateway's log
    gateway/              the Lumenfall client
    settings, telemetry/  the environment; logs, metrics and traces

Imports run one way, upwards in `pyproject.toml`'s layers, and CI holds them to it.
"""

__version__ = "0.2.0"

"""Settings, read once by the composition root from the environment and `NAME_FILE` secrets.

An empty value means "not set". Secrets are `SecretStr`, so no repr, log or error shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.core.budget_rules.starter_limits import StarterLimits
from bot.core.capability import Capability
from bot.core.money import limit_of, parse_amount
from bot.secret_files import FileSource

Csv = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Everything an operator can set; each field is an environment variable of the same name."""

    model_config = SettingsConfigDict(
        frozen=True, env_ignore_empty=True, extra="ignore", hide_input_in_errors=True, case_sensitive=False
    )

    # the gateway
    lumenfall_api_key: SecretStr | None = Field(None, description="Key of the Lumenfall API (`lmnfl_…`).")
    lumenfall_base_url: str = Field(
        "https://api.lumenfall.ai/openai/v1", description="OpenAI-compatible base URL of the gateway."
    )
    media_hosts: Csv = Field(
        ("media.lumenfall.ai",),
        description="Hosts of results that need no check: behind a proxy only these are fetched from;"
        " elsewhere any public https host may be. `http://host:port` allows a private one. The host of"
        " LUMENFALL_BASE_URL is added when that is not the vendor's.",
    )
    gateway_timeout_s: float = Field(600, gt=0, description="How long a slow picture may take, seconds.")
    webhook_url: str = Field(
        "", description="Public https address of `/webhooks/lumenfall`; empty: poll only."
    )
    lumenfall_webhook_secret: SecretStr | None = Field(
        None, description="Webhook secret (`whsec_…`); asked from the gateway when empty."
    )

    # storage
    data_dir: Path = Field(Path("data"), description="Folder of the database and of fetched media.")
    database_url: SecretStr | None = Field(None, description="`postgresql://…`; empty: SQLite in DATA_DIR.")
    database_pool: int = Field(10, ge=1, le=200, description="Connections to PostgreSQL.")
    retention_days: int = Field(
        30, ge=1, description="Days that prompts, pictures and conversations are kept; the ledger stays."
    )

    # HTTP
    host: str = Field("127.0.0.1", description="Address of the HTTP port.")
    port: int = Field(8080, ge=0, le=65535, description="HTTP port; 0 takes a free one.")
    trusted_proxies: Csv = Field(
        (),
        description="Addresses or networks of proxies whose `X-Forwarded-For` is believed, for example"
        " `10.0.0.0/8`: wrong passwords are counted per address.",
    )
    playground_password: SecretStr | None = Field(
        None, description="Switches the browser playground on outside the demo."
    )

    # money
    headroom_percent: int = Field(
        25, ge=0, le=1000, description="Held on top of an estimate, since the provider may change."
    )
    starter_place: str = Field(
        "20",
        description="Dollars that a new server or workspace may spend in a month, until the operator gives it"
        " another total or trusts it (`lumenfall-bot budget set`, `budget trust`); `none`: no limit.",
    )
    starter_person: str = Field(
        "1",
        description="Dollars that each person in a new server or workspace may spend in a day, until its"
        " admins set another limit for everyone; `none`: no limit.",
    )
    installation_limit: str = Field(
        "100",
        description="Dollars that a new installation may spend in a month, all places together, until"
        " `lumenfall-bot budget set` gives another; `none`: no limit.",
    )
    ask_above: str = Field(
        "0.25",
        description="Dollars above which a price is put on a button first, in places whose admins have set"
        " nothing else.",
    )
    ask_first: bool = Field(
        True,
        description="Show the price of a person's first picture and first video on Discord and Slack on a"
        " button, however low it is.",
    )
    confirm_minutes: int = Field(15, ge=1, le=1440, description="How long a price waits for its press.")
    ambiguous_minutes: int = Field(
        60,
        ge=1,
        description="Minutes until a call that broke off ends although the gateway's log does not explain it:"
        " free where the log can be believed, else at its hold.",
    )
    identity_key: SecretStr | None = Field(
        None, description="Key of the hash sent as `user`; made once and kept in the database when empty."
    )

    # orders
    max_tokens_cap: int = Field(2048, ge=1, description="Most output tokens of one chat answer.")
    prompt_limit: int = Field(10_000, ge=1, description="Longest prompt where the model names no limit.")
    history_turns: int = Field(20, ge=0, description="Turns of a conversation that are remembered.")
    history_tokens: int = Field(4000, ge=0, description="Tokens (about) of those turns that are sent.")
    history_hours: int = Field(24, ge=1, description="Age after which turns are forgotten.")
    chat_models: Csv = Field(
        ("google/gemini-3-flash-preview", "openai/gpt-5.4", "anthropic/claude-sonnet-4.5"),
        description="Text models to offer; the gateway lists media models only.",
    )
    talk_model: str = Field(
        "", description="Text model with tools that reads messages; empty: the place's, else the first."
    )
    talk_max_tokens: int = Field(1024, ge=64, description="Most output tokens of its answers.")
    default_models: Annotated[Mapping[str, str], NoDecode] = Field(
        {},
        description="Models to use where a place has not chosen, for example"
        " `generate=flux.2-pro,chat=google/gemini-3-flash-preview`; empty: the cheapest that the gateway"
        " features.",
    )
    sensitive_models: Csv = Field(
        (),
        description="Model patterns treated as able to draw explicit pictures; `none` where there are none.",
    )
    max_image_bytes: int = Field(32_000_000, ge=1, description="Largest picture sent in, bytes.")
    max_image_pixels: int = Field(36_000_000, ge=1, description="Larger pictures are scaled to this.")
    max_result_bytes: int = Field(500_000_000, ge=1, description="Largest result fetched, bytes.")

    # who may use it
    direct_messages: bool = Field(
        True, description="Serve people in direct messages, at the expense of the server they have chosen."
    )
    personal_installs: bool = Field(
        True, description="Serve people who have installed the bot for themselves, likewise."
    )
    guests: bool = Field(True, description="Serve guests of servers and workspaces.")
    allowed_people: Csv = Field(
        (), description="The only people served on Discord and Slack, as user ids; empty for all."
    )
    allowed_servers: Csv = Field(
        (), description="The only Discord servers served, as server ids; empty for all."
    )
    allowed_workspaces: Csv = Field(
        (),
        description="The only Slack workspaces or organisations served, as team ids; empty for all.",
    )

    # load
    concurrency: int = Field(32, ge=1, description="Requests this process runs at once.")
    per_person: int = Field(4, ge=1, description="Requests of one person that run at once.")
    per_tenant: int = Field(24, ge=1, description="Requests of one tenant that run at once.")
    per_model: int = Field(12, ge=1, description="Of CONCURRENCY, at most so many on one model.")
    per_provider: int = Field(20, ge=1, description="Of CONCURRENCY, at most so many at one known provider.")
    per_platform: int = Field(
        16, ge=1, description="Of CONCURRENCY, at most so many that post to a platform."
    )
    breaker_after: int = Field(
        5, ge=0, description="Requests in a row that a model fails before it is left alone; 0: never."
    )
    delivery_timeout_s: float = Field(300, gt=0, description="How long posting one result may take, seconds.")
    queue_limit: int = Field(
        1000,
        ge=1,
        description="Unfinished requests before new ones are refused; open prices are not counted.",
    )
    queue_per_person: int = Field(25, ge=1, description="The same of one person.")
    queue_per_tenant: int = Field(400, ge=1, description="The same of one tenant.")
    offers_per_person: int = Field(5, ge=1, description="Prices of one person that wait for a press.")
    dry_runs_per_person: int = Field(60, ge=1, description="Prices that a person may ask for in a minute.")
    dry_runs_per_tenant: int = Field(600, ge=1, description="The same of one tenant.")
    stored_bytes_per_person: int = Field(500_000_000, ge=1, description="Pictures kept for a person, bytes.")
    stored_bytes_per_tenant: int = Field(5_000_000_000, ge=1, description="The same of one tenant.")
    lease_s: float = Field(60, ge=1, description="Seconds after which a silent worker's rows are taken over.")
    drain_s: float = Field(25, ge=0, description="Seconds to finish running work after SIGTERM.")

    # Discord
    discord_token: SecretStr | None = Field(None, description="Bot token.")
    discord_api_url: str = Field("", description="REST base when not Discord's own.")
    discord_message_content: bool = Field(False, description="The bot has Discord's Message Content intent.")
    discord_gateway_url: str = Field("", description="Gateway address when not Discord's own.")
    shard_ids: Csv = Field((), description="Shards of this process, for example `0,1`.")
    shard_count: int | None = Field(None, ge=1, description="All shards together.")

    # Slack
    slack_bot_token: SecretStr | None = Field(None, description="Bot token (`xoxb-…`), one workspace.")
    slack_app_token: SecretStr | None = Field(None, description="App token (`xapp-…`) for Socket Mode.")
    slack_signing_secret: SecretStr | None = Field(None, description="Signing secret, for HTTP.")
    slack_client_id: str = Field("", description="OAuth client id, for many workspaces.")
    slack_client_secret: SecretStr | None = Field(None, description="OAuth client secret.")
    slack_api_url: str = Field("", description="Web API base when not Slack's own.")
    slack_command: str = Field("/lumen", description="Name of the slash command.")
    slack_admins: Csv = Field((), description="Slack user ids that are admins besides the workspace's own.")
    slack_allow_external: bool = Field(False, description="Serve people of other organisations.")
    token_keys: Csv = Field(
        (), repr=False, description="Fernet keys for stored tokens, newest first; old ones still read."
    )

    # running
    log_level: str = Field("info", description="debug, info, warning or error.")
    log_json: bool | None = Field(None, description="JSON logs; default: when no terminal is attached.")
    low_balance: str = Field("5", description="Warn when the gateway's balance is below so many dollars.")
    operator_notices: bool = Field(True, description="Tell the operator of the bot's own limits and balance.")
    operator_webhook: SecretStr | None = Field(None, description="Address that these are posted to, besides.")

    @field_validator(
        "media_hosts",
        "chat_models",
        "sensitive_models",
        "shard_ids",
        "slack_admins",
        "allowed_people",
        "allowed_servers",
        "allowed_workspaces",
        "token_keys",
        "trusted_proxies",
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network, strict=False)
        return value

    @field_validator("low_balance", "ask_above")
    @classmethod
    def _amount(cls, value: str) -> str:
        parse_amount(value)
        return value

    @field_validator("starter_place", "starter_person", "installation_limit")
    @classmethod
    def _limit(cls, value: str) -> str:
        limit_of(value)
        return value

    @field_validator("default_models", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        found = {name.strip().lower(): model.strip() for name, _, model in pairs}
        if not all(found.values()) or not set(found) <= set(Capability):
            raise ValueError(f"give {', '.join(Capability)} with a model each, as in `generate=flux.2-pro`")
        return found

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, FileSource(settings_cls)

    @property
    def starters(self) -> StarterLimits:
        """The limits of places and of an installation where nobody has set any."""
        return StarterLimits(
            place=limit_of(self.starter_place),
            person=limit_of(self.starter_person),
            installation=limit_of(self.installation_limit),
            ask_above=parse_amount(self.ask_above),
        )

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return self.data_dir / "lumenfall.db"

    @property
    def sandbox_dir(self) -> Path:
        """Where the demo's sandbox keeps what it has made."""
        return self.data_dir / "sandbox"

    @property
    def media_dir(self) -> Path:
        """Where fetched results lie, a folder per request."""
        return self.data_dir / "media"

"""The guides tell the truth: settings, commands, links and metrics they name exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from prometheus_client import CollectorRegistry

from adapters.cli.main import app
from adapters.cli.reference import reference
from bot.settings import Settings
from bot.telemetry.metrics import Metrics

ROOT = Path(__file__).parents[2]
GUIDES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
GUIDES += sorted((ROOT / "docs").glob("*.md"))
COMMAND = re.compile(r"lumenfall-bot((?: [a-z][a-z-]*(?![\w./:]))+)((?: +[^`|\n]*)?)")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
NAME = re.compile(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`")
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#]+)(#[^)]*)?\)")
NOT_OURS = {
    "NAME_FILE", "OTEL_EXPORTER_OTLP_ENDPOINT", "SSL_CERT_FILE", "HTTPS_PROXY", "NO_PROXY", "CA_CERT",
    "TEST_DATABASE_URL", "POSTGRES_PASSWORD",
}  # fmt: skip
NOT_SETTINGS = re.compile(
    r"^(AUTHENTICATION|CONTENT|INSUFFICIENT|MODEL|INVALID|RATE|ALL_PROVIDERS|UPSTREAM)_"
    r"|^(AWAITING_CONFIRMATION)$"
)


@pytest.fixture(params=GUIDES, ids=lambda path: path.name)
def guide(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_the_reference_is_the_settings_class():
    assert (ROOT / "docs/configuration.md").read_text() == reference()


def test_the_reference_names_every_setting_and_no_other():
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", reference().split("## Of the libraries")[0], re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}
    assert all(field.description for field in Settings.model_fields.values())


def test_the_reference_is_written_by_its_command():
    done = subprocess.run(
        [sys.executable, "-m", "adapters.cli.reference"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == reference()


def test_settings_that_a_guide_names_exist(guide):
    known = {name.upper() for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known} | NOT_OURS
    named = {name for name in NAME.findall(guide.read_text()) if not NOT_SETTINGS.match(name)}
    assert named <= known, named - known


def test_commands_that_a_guide_names_exist_with_their_options(guide):
    for words, rest in COMMAND.findall(guide.read_text()):
        check_command(words.split(), rest)


def check_command(words: list[str], rest: str) -> None:
    command = typer.main.get_command(app)
    for word in words:
        commands = getattr(command, "commands", None)
        if commands is None:
            break
        assert word in commands, f"lumenfall-bot {' '.join(words)}"
        command = commands[word]
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    for option in re.findall(
        r"(?<!\S)(--[a-z-]+)", QUOTED.sub("", rest).split("lumenfall-bot")[0].split("#")[0]
    ):
        assert option in options | {"--help"}, f"lumenfall-bot {' '.join(words)} {option}"


@pytest.mark.parametrize(
    ("words", "rest"), [("budget sett", ""), ("backup", " x --overwrite"), ("nothing", "")]
)
def test_a_command_that_does_not_exist_is_noticed(words, rest):
    with pytest.raises(AssertionError):
        check_command(words.split(), rest)


def test_files_that_a_guide_links_to_are_there(guide):
    for target, _ in LINK.findall(guide.read_text()):
        assert (guide.parent / target).exists(), target


def test_metrics_that_a_guide_names_exist(guide):
    registry = CollectorRegistry()
    Metrics(registry)
    families = {family.name for family in registry.collect()}
    for name in re.findall(r"`(lumenfall_[a-z_]+)`", guide.read_text()):
        assert re.sub(r"_(total|bucket|count|sum)$", "", name) in families, name


def test_the_guides_that_the_readme_promises_are_there():
    present = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert present >= {
        "install.md", "discord.md", "slack.md", "budgets.md", "operating.md", "security.md",
        "configuration.md", "architecture.md",
    }  # fmt: skip

"""What is deployed fits the program: settings that exist, metrics that exist, one version, locked wheels."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, Gauge
from typer.testing import CliRunner

from adapters.cli.main import app as application
from benchmarks import release_figures
from bot import __version__
from bot.settings import Settings
from bot.telemetry.metrics import Metrics

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy/kubernetes"
FOLDER = ROOT / ".github/workflows"
WORKFLOWS = {path: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.y*ml"))}
PROMTOOL = sorted((ROOT / "tests/promtool").glob("*.yaml"))
RULES = sorted((ROOT / "deploy/prometheus").glob("*.yaml"))
RECORDED = re.compile(r"\blumenfall:[a-z_]+:[a-z0-9_]+\b")
METRIC = re.compile(r"\blumenfall_[a-z_]+\b")
OURS = {name.upper() for name in Settings.model_fields}
SECRETS = {f"{name}_FILE" for name in OURS}
OTHERS = {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"}


def metric_names() -> set[str]:
    """Every sample a process can show."""
    registry = CollectorRegistry()
    Metrics(registry)
    names: set[str] = set()
    for family in registry.collect():
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
        names |= {family.name + suffix for suffix in suffixes.get(family.type, ("",))}
    return names


def documents(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.rglob("*.yaml")):
        yield from (document for document in yaml.safe_load_all(path.read_text()) if document)


def resources(kind: str) -> list[dict[str, Any]]:
    return [document for document in documents(KUBERNETES) if document["kind"] == kind]


def pods() -> list[dict[str, Any]]:
    return [item["spec"]["template"]["spec"] for item in resources("Deployment") + resources("StatefulSet")]


def rules(name: str) -> list[dict[str, Any]]:
    text = (ROOT / "deploy/prometheus" / name).read_text()
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return rules("alerts.yaml")


def objectives() -> list[dict[str, Any]]:
    return rules("objectives.yaml")


def dashboard() -> dict[str, Any]:
    return json.loads((ROOT / "deploy/grafana/lumenfall-bot.json").read_text())


# metrics


def test_every_metric_in_the_rules_exists():
    texts = [RECORDED.sub("", rule["expr"]) for rule in alerts() + objectives()]
    used = {name for text in texts for name in METRIC.findall(text)}
    assert used
    assert used <= metric_names(), used - metric_names()


def test_every_metric_in_the_dashboard_exists_and_all_are_shown():
    queries = [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", ())]
    used = {name for query in queries for name in METRIC.findall(query)}
    assert used <= metric_names(), used - metric_names()
    families = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in metric_names()}
    shown = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in used}
    assert families == shown


def test_labels_in_queries_are_labels_of_their_metrics():
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    known = {
        metric._name: set(metric._labelnames)
        for metric in vars(metrics).values()
        if isinstance(metric, Gauge.__mro__[1])
    }
    texts = [rule["expr"] for rule in alerts()]
    texts += [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", ())]
    pairs = [pair for text in texts for pair in re.findall(r"(lumenfall_[a-z_]+)\{([a-z_]+)=", text)]
    assert pairs
    for name, label in pairs:
        family = re.sub(r"_(total|bucket|count|sum)$", "", name)
        assert label in known[family], (name, label)


def test_panels_do_not_overlap_and_have_their_own_ids():
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_every_alert_says_how_bad_it_is_and_is_in_the_guide():
    guide = (ROOT / "docs/operating.md").read_text()
    for rule in alerts():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["summary"]
        section = f"### {rule['alert']}\n"
        assert guide.count(section) == 1, rule["alert"]
        assert "**Do:** " in guide.split(section)[1].split("\n### ")[0], rule["alert"]
        assert rule["annotations"]["runbook_url"] == f"docs/operating.md#{rule['alert'].lower()}"


def test_recorded_shares_that_are_used_are_recorded():
    recorded = {rule["record"] for rule in objectives()}
    used = {name for rule in alerts() for name in RECORDED.findall(rule["expr"])}
    used |= {
        name
        for panel in dashboard()["panels"]
        for target in panel.get("targets", ())
        for name in RECORDED.findall(target["expr"])
    }
    assert used == recorded


def test_every_alert_is_tried_on_events_where_it_fires_and_where_it_does_not():
    tried: dict[str, set[bool]] = {}
    for path in PROMTOOL:
        for case in yaml.safe_load(path.read_text())["tests"]:
            for expected in case["promql_expr_test"]:
                (name,) = re.findall(r'alertname="(\w+)"', expected["expr"])
                tried.setdefault(name, set()).add(bool(expected["exp_samples"]))
    assert tried == {rule["alert"]: {True, False} for rule in alerts()}


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
@pytest.mark.parametrize(("verb", "files"), [("check", RULES), ("test", PROMTOOL)], ids=["check", "test"])
def test_prometheus_takes_the_rules_and_fires_them_when_it_should(verb, files):
    assert files
    done = subprocess.run(["promtool", verb, "rules", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# settings


def test_the_composition_sets_only_what_exists():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    named = {name for service in services.values() for name in service.get("environment", ())}
    assert named <= OURS | SECRETS | OTHERS, named - OURS


def test_the_manifests_set_only_what_exists():
    named = {name for item in resources("ConfigMap") for name in item["data"]}
    named |= {variable["name"] for pod in pods() for box in pod["containers"] for variable in box["env"]}
    assert named <= OURS | SECRETS, named - OURS - SECRETS


def test_every_secret_that_is_read_is_in_the_example():
    example = resources("Secret")[0]["stringData"]
    values = [value for item in resources("ConfigMap") for value in item["data"].values()]
    values += [box.get("value", "") for pod in pods() for item in pod["containers"] for box in item["env"]]
    read = {value.rsplit("/", 1)[1] for value in values if value.startswith("/run/secrets/")}
    assert read == set(example)


# hardening


@pytest.mark.parametrize(
    "pod", pods(), ids=lambda pod: "+".join(one["name"] for one in pod["containers"][0]["env"])
)
def test_pods_have_no_rights_and_are_probed(pod):
    (box,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["automountServiceAccountToken"] is False
    assert box["securityContext"]["readOnlyRootFilesystem"]
    assert box["securityContext"]["capabilities"]["drop"] == ["ALL"]
    assert box["securityContext"]["allowPrivilegeEscalation"] is False
    assert box["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert box["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert box["resources"]["limits"]["memory"]
    drain = Settings.model_fields["drain_s"].default
    assert pod["terminationGracePeriodSeconds"] > drain + 20


def test_as_many_pods_as_shards():
    (item,) = resources("StatefulSet")
    (box,) = item["spec"]["template"]["spec"]["containers"]
    count = next(variable["value"] for variable in box["env"] if variable["name"] == "SHARD_COUNT")
    assert int(count) == item["spec"]["replicas"]


def test_only_what_strangers_must_reach_is_public():
    (item,) = resources("Ingress")
    paths = [path["path"] for rule in item["spec"]["rules"] for path in rule["http"]["paths"]]
    assert paths == ["/slack", "/webhooks/lumenfall"]


OVERLAYS = {
    "both": {"StatefulSet", "Deployment", "Ingress", "PodDisruptionBudget", "Service"},
    "discord": {"StatefulSet", "PodDisruptionBudget", "Service"},
    "slack": {"Deployment", "Ingress", "PodDisruptionBudget", "Service"},
    "sqlite": {"Deployment"},
}
SHARED = {"Namespace", "ConfigMap", "PersistentVolumeClaim", "NetworkPolicy"}


def kustomization(folder: Path) -> dict[str, Any]:
    return yaml.safe_load((folder / "kustomization.yaml").read_text())


def applied(folder: Path) -> set[Path]:
    """Every file that a folder's kustomization applies, those of others among them."""
    found: set[Path] = set()
    for name in kustomization(folder)["resources"]:
        path = (folder / name).resolve()
        found |= applied(path) if path.is_dir() else {path}
    return found


def test_everything_in_the_folder_is_applied():
    files = set().union(*(applied(KUBERNETES / "overlays" / name) for name in OVERLAYS))
    present = {path for path in KUBERNETES.rglob("*.yaml") if path.name != "kustomization.yaml"}
    assert files == present - {KUBERNETES / "secret.example.yaml"}
    assert {path.name for path in (KUBERNETES / "overlays").iterdir()} == set(OVERLAYS)
    assert applied(KUBERNETES) == applied(KUBERNETES / "overlays/both")
    for name in OVERLAYS:
        assert kustomization(KUBERNETES / "overlays" / name)["images"][0]["newTag"] == __version__


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_has_what_its_name_says(name):
    files = applied(KUBERNETES / "overlays" / name)
    found = [item for path in files for item in yaml.safe_load_all(path.read_text()) if item]
    assert {item["kind"] for item in found} == SHARED | OVERLAYS[name]


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_is_rendered_as_meant(name):
    folder = KUBERNETES / "overlays" / name
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = {item["kind"]: item for item in yaml.safe_load_all(done.stdout)}
    assert set(found) == SHARED | OVERLAYS[name]
    public = "Ingress" in found
    assert ("WEBHOOK_URL" in found["ConfigMap"]["data"]) == public, "who cannot be called asks"
    on_postgres = "DATABASE_URL_FILE" in found["ConfigMap"]["data"]
    assert on_postgres == (name != "sqlite")
    mode = "ReadWriteMany" if on_postgres else "ReadWriteOnce"
    assert found["PersistentVolumeClaim"]["spec"]["accessModes"] == [mode]
    works = [found[kind] for kind in ("Deployment", "StatefulSet") if kind in found]
    labels = {item["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"] for item in works}
    (selected,) = found["NetworkPolicy"]["spec"]["podSelector"]["matchExpressions"]
    assert labels <= set(selected["values"])
    for item in works:
        (box,) = item["spec"]["template"]["spec"]["containers"]
        assert box["image"].endswith(f":{__version__}")
        if name == "sqlite":
            assert (item["spec"]["replicas"], item["spec"]["strategy"]["type"]) == (1, "Recreate")


def test_the_network_lets_through_what_the_guides_offer():
    (policy,) = resources("NetworkPolicy")
    out = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
    names, tls, postgres, pgbouncer, proxy, traces = 53, 443, 5432, 6432, 3128, 4318
    assert out == {names, tls, postgres, pgbouncer, proxy, traces}
    callers = [one["namespaceSelector"]["matchLabels"] for one in policy["spec"]["ingress"][0]["from"]]
    assert {name for one in callers for name in one.values()} == {"ingress-nginx", "monitoring"}
    public = [to["ipBlock"] for rule in policy["spec"]["egress"] for to in rule["to"] if "except" in str(to)]
    assert {block["cidr"] for block in public} == {"0.0.0.0/0", "::/0"}


def test_examples_of_docker_run_open_a_port_to_this_machine_only():
    texts = [path.read_text() for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))]
    ports = [port for text in texts for port in re.findall(r"(?:-p|--publish) (\S+)", text)]
    assert len(ports) >= 3
    assert all(port.startswith("127.0.0.1:") for port in ports), ports


def test_the_composition_takes_rights_away():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    for name in ("bot", "first", "second"):
        service = services[name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["user"] == "10001:10001"
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_the_image_is_made_of_locked_wheels_by_nobody_special():
    text = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes" in text
    assert "--only-binary :all:" in text
    assert "--no-build-isolation" in text  # else pip fetches what builds pyvips itself, unpinned
    assert (ROOT / "requirements-build.lock").read_text().count("--hash=sha256:") > 10
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert re.search(r"^ARG BASE=\S+:\d+\.\d+\.\d+-slim-\w+$", text, re.MULTILINE)
    assert text.index("COPY requirements.lock") < text.index("COPY bot ")
    assert __version__ not in text


def test_nothing_but_what_is_needed_is_sent_to_the_build():
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert sorted(allowed) == sorted(" ".join(copied).split())


def test_workflows_have_no_more_rights_than_they_need_and_an_end():
    for path, workflow in WORKFLOWS.items():
        assert workflow["permissions"] == {"contents": "read"}
        for name, job in workflow["jobs"].items():
            assert job["timeout-minutes"] <= 60, (path.name, name)
    matrix = WORKFLOWS[FOLDER / "ci.yaml"]["jobs"]["test"]["strategy"]["matrix"]
    assert matrix == {"python": ["3.11", "3.12", "3.13"], "postgres": ["15", "16", "17"]}


def twins(workflows: dict[Path, dict[str, Any]]) -> list[str]:
    """The names and stems that several workflows share: such two cancel each other, or do the work twice."""
    found = Counter(path.stem for path in workflows) + Counter(flow["name"] for flow in workflows.values())
    return [name for name, count in found.items() if count > 1]


def test_there_is_one_workflow_of_each_kind():
    assert {path.name for path in WORKFLOWS} == {"ci.yaml", "release.yaml"}
    assert twins(WORKFLOWS) == []
    assert twins({Path("ci.yaml"): {"name": "CI"}, Path("ci.yml"): {"name": "Checks"}}) == ["ci"]
    assert twins({Path("ci.yaml"): {"name": "CI"}, Path("more.yml"): {"name": "CI"}}) == ["CI"]


def test_the_job_without_extras_runs_commands_that_exist():
    steps = [step["run"] for step in WORKFLOWS[FOLDER / "ci.yaml"]["jobs"]["without-extras"]["steps"][2:]]
    assert ".venv/bin/pip install --require-hashes --no-build-isolation -r requirements.lock" in steps
    own = [step.partition("lumenfall-bot ")[2].split() for step in steps if "lumenfall-bot" in step]
    assert own == [["version"], ["migrate"], ["ledger", "verify"]]
    for command in own:
        assert CliRunner().invoke(application, [*command, "--help"]).exit_code == 0, command


def test_the_figures_of_a_release_stand_beside_the_last_ones():
    now = {"image_bytes": 250_000_000, "ready_s": None, "suite_s": 300.0}
    last = {"version": "0.1.0", "image_bytes": 240_000_000, "ready_s": 2.5, "suite_s": None}
    assert release_figures.beside(now, last) == [
        "image_bytes: 250,000,000 bytes of the image (0.1.0: 240,000,000)",
        "ready_s: not measured here (0.1.0: 2.5)",
        "suite_s: 300.0 s of the suite (0.1.0: not kept)",
    ]
    assert set(json.loads(release_figures.KEPT.read_text())) == {"version", *release_figures.UNITS}


def test_the_changelog_dates_the_version_that_is_built():
    text = (ROOT / "CHANGELOG.md").read_text()
    dated = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", text, re.MULTILINE)
    assert dated[0][0] == __version__
    assert "### Changed: your limits" in text
    assert not re.search(r"^(<<<<<<<|=======|>>>>>>>)", text, re.MULTILINE), "a merge was not finished"

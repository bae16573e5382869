"""Every method of the workflows resource of the official SDK for Python, against a real server.

Where the server is, and who asks, is in the SDK's own variables.
"""

import os
import time
from datetime import datetime, timedelta, timezone

import cloudflare
from cloudflare import Cloudflare

ACCOUNT = os.environ["CLOUDFLARE_ACCOUNT_ID"]
NAME = "approvals-python"
HERE = {"account_id": ACCOUNT}
ONE = {"account_id": ACCOUNT, "workflow_name": NAME}

client = Cloudflare()
workflows = client.workflows


def everything(pages):
    """All entries of all pages. It ends, or the test does."""
    entries = []
    for entry in pages:
        entries.append(entry)
        assert len(entries) < 1000, "the list ends"
    return entries


def until(identifier, good):
    """Waits until an instance is as it should be."""
    deadline = time.monotonic() + 30
    while True:
        instance = workflows.instances.get(identifier, **ONE)
        if good(instance):
            return instance
        assert time.monotonic() < deadline, f"instance {identifier} in time: {instance}"
        time.sleep(0.05)


def refused(call, kind, code):
    """The request is refused with this class of error and this code."""
    try:
        call()
    except kind as error:
        assert error.errors[0].code == code, error
    else:
        raise AssertionError("it must be refused")


# Workflows.
settings = {**HERE, "class_name": "Approval", "script_name": "sdk"}
made = workflows.update(NAME, **settings, limits={"steps": 100})
assert made.name == NAME
again = workflows.update(NAME, **settings)
assert (again.id, again.version_id != made.version_id) == (made.id, True)
assert workflows.get(NAME, **HERE).script_name == "sdk"
workflows.update(f"{NAME}-2", **settings)
listed = everything(workflows.list(**HERE, per_page=1, search=NAME))
assert [workflow.name for workflow in listed] == [NAME, f"{NAME}-2"]

# Versions.
versions = everything(workflows.versions.list(NAME, **HERE, per_page=1))
assert [version.id for version in versions] == [again.version_id, made.version_id]
assert workflows.versions.get(made.version_id, **ONE).limits.steps == 100
assert workflows.versions.graph(made.version_id, **ONE).id == made.version_id

# Instances.
created = workflows.instances.create(NAME, **HERE, instance_id="first", params='{"a":1}')
assert (created.id, created.status) == ("first", "queued")
bulk = everything(workflows.instances.bulk(NAME, **HERE, body=[{"instance_id": "b1"}, {"instance_id": "b2"}, {}]))
assert len(bulk) == 3
instances = everything(workflows.instances.list(NAME, **HERE, per_page=2))
assert len({instance.id for instance in instances}) == len(instances) == 4
oldest = everything(workflows.instances.list(NAME, **HERE, per_page=1, direction="asc"))
assert oldest[0].id == "first"
assert everything(workflows.instances.list(NAME, **HERE, status="complete")) == []
hour = timedelta(hours=1)
now = datetime.now(timezone.utc)
of_this_hour = workflows.instances.list(NAME, **HERE, date_start=now - hour, date_end=now + hour)
assert len(everything(of_this_hour)) == len(instances)
assert everything(workflows.instances.list(NAME, **HERE, date_end=now - hour)) == []

waiting = until("first", lambda instance: len(instance.steps) == 2)
assert waiting.trigger.source == "api"
assert waiting.steps[0].output.endswith("[truncated output]")
step = workflows.instances.step("first", **ONE, name="ask-1", type="step")
assert step.status == "complete"
assert len(step.output["long"]) == 2000
assert workflows.instances.get("first", **ONE, simple="true").step_count == 2

# Status and events.
paused = workflows.instances.status.edit("first", **ONE, status="pause")
assert paused.status in ("paused", "waitingForPause"), paused
until("first", lambda instance: instance.status == "paused")
workflows.instances.status.edit("first", **ONE, status="resume")
workflows.instances.events.create("approval", **ONE, instance_id="first", body={"ok": True})
done = until("first", lambda instance: instance.status == "complete")
assert done.success is True
restarted = workflows.instances.status.edit("first", **ONE, status="restart", from_={"name": "note"})
assert restarted.status == "queued"
until("first", lambda instance: instance.status == "complete")
assert workflows.instances.status.edit("b1", **ONE, status="terminate").status == "terminated"

# Errors are of their classes.
refused(lambda: workflows.get("nope", **HERE), cloudflare.NotFoundError, 10200)
refused(lambda: workflows.instances.get("nope", **ONE), cloudflare.NotFoundError, 10400)
refused(lambda: workflows.instances.create(NAME, **HERE, instance_id="first"), cloudflare.ConflictError, 10405)
refused(lambda: workflows.instances.create(NAME, **HERE, instance_id="a b"), cloudflare.BadRequestError, 10002)
# Ids that a path cannot have as they are: what the SDK encodes is decoded once, and looked for.
for odd in ("*/5 * * * *-1795392000000", "first%20", "%66irst", "~a.b", "a#b?c"):
    refused(lambda: workflows.instances.get(odd, **ONE), cloudflare.NotFoundError, 10400)
    refused(lambda: workflows.instances.status.edit(odd, **ONE, status="pause"), cloudflare.NotFoundError, 10400)
stranger = Cloudflare(api_token="nobody")
refused(lambda: stranger.workflows.get(NAME, **HERE), cloudflare.AuthenticationError, 10000)
refused(lambda: workflows.get(NAME, account_id="other"), cloudflare.PermissionDeniedError, 10000)

assert workflows.delete(f"{NAME}-2", **HERE).status == "ok"
refused(lambda: workflows.get(f"{NAME}-2", **HERE), cloudflare.NotFoundError, 10200)

# Workers, as far as a team with Workflows needs them: this SDK's uploads are no wrangler's.
scripts = client.workers.scripts
code = b'export default { fetch() { return new Response("by Python") } }'
module = [("worker.js", code, "application/javascript+module")]
metadata = {"main_module": "worker.js", "compatibility_date": "2026-09-01"}
put = scripts.update("by-python", **HERE, metadata=metadata, files=module)
assert put.id == "by-python"
assert code.decode() in scripts.content.get("by-python", **HERE).text()
assert [found.script_name for found in scripts.search(**HERE, name="python")] == ["by-python"]
scripts.content.update("by-python", **HERE, metadata={"main_module": "worker.js"}, files=module)
secret = {"name": "KEY", "text": "hush", "type": "secret_text"}
assert scripts.secrets.bulk_update("by-python", **HERE, secrets={"KEY": secret})["KEY"].name == "KEY"
changed = scripts.script_and_version_settings.edit("by-python", **HERE, settings={"logpush": True})
assert changed.logpush is True
scripts.delete("by-python", **HERE)
refused(lambda: scripts.get("by-python", **HERE), cloudflare.NotFoundError, 10007)

#!/usr/bin/env python3
"""Reads documents of the queue formats with readers that are not ours.

    read-formats.py FOLDER SCHEMA

FOLDER holds NAME.json, NAME.fhir.json and NAME.cap.xml of one incident each. Prints how many of each were read; exit 1 at any fault.
Runs in the virtual environment that scripts/setup makes: fhir.resources 6.4.0 (R4), capparser, jsonschema.
"""
import json
import pathlib
import sys

import capparser
import jsonschema
from fhir.resources import FHIRAbstractModel, construct_fhir_element
from fhir.resources.bundle import Bundle

folder, schema = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
validator = jsonschema.Draft202012Validator(schema)
faults = []
counts = {"json": 0, "fhir": 0, "resources": 0, "cap": 0}
# What the standard's section 3.2.1 gives as the order of an alert's elements.
ORDER = ["identifier", "sender", "sent", "status", "msgType", "source", "scope", "restriction", "addresses", "code", "note", "references", "incidents", "info"]


def fault(path, text):
    faults.append(f"{path.name}: {text}")


def read_fhir(path, incident):
    bundle = Bundle.parse_raw(path.read_text())
    resources = {}
    for entry in bundle.entry:
        resource = entry.resource
        assert isinstance(resource, FHIRAbstractModel)
        again = construct_fhir_element(resource.resource_type, json.loads(resource.json()))
        resources.setdefault(again.resource_type, []).append(again)
        counts["resources"] += 1
    full = {entry.fullUrl for entry in bundle.entry}
    if len(full) != len(bundle.entry):
        fault(path, "two entries have one fullUrl")
    for entry in bundle.entry:
        text = entry.resource.json()
        for part in text.split('"reference": "')[1:]:
            if part.split('"')[0] not in full:
                fault(path, f"a reference leads nowhere: {part.split(chr(34))[0]}")
    if len(resources.get("Observation", [])) != len(incident["evidence"]):
        fault(path, "observations and evidence differ")
    for name in ("DetectedIssue", "Communication", "Task"):
        if len(resources.get(name, [])) != 1:
            fault(path, f"not one {name}")
    task = resources["Task"][0]
    due = min((d["due"] for d in incident["deadlines"]), default=None)
    if (task.restriction is not None) != (due is not None):
        fault(path, "the task's deadline is lost")
    if due is not None and task.restriction.period.end.isoformat()[:19] != due[:19]:
        fault(path, f"the task ends at {task.restriction.period.end}, due is {due}")
    for observation, evidence in zip(resources.get("Observation", []), incident["evidence"]):
        value = evidence.get("value")
        if isinstance(value, bool):
            same = observation.valueBoolean is value
        elif isinstance(value, (int, float)):
            same = abs(float(observation.valueQuantity.value) - value) < 1e-9
        elif isinstance(value, str):
            same = observation.valueString == value
        else:
            same = observation.dataAbsentReason is not None
        if not same:
            fault(path, f"a value differs: {evidence}")
    counts["fhir"] += 1


def read_cap(path, incident):
    text = path.read_text()
    alert = capparser.parse(stringXML=text)
    identifier = f"{incident['id']}:{incident['revision']}"
    if alert.identifier[0] != identifier:
        fault(path, f"identifier {alert.identifier[0]} instead of {identifier}")
    if alert.status[0] != ("Exercise" if incident.get("origin") == "drill" else "Actual"):
        fault(path, f"status {alert.status[0]}")
    wanted = "Alert" if incident["revision"] == 1 else "Cancel" if incident["phase"] == "end" else "Update"
    if alert.msgType[0] != wanted or (alert.references[0] is None) != (incident["revision"] == 1):
        fault(path, f"msgType {alert.msgType[0]}, references {alert.references[0]}")
    infos = alert.info[0]
    if [i.language[0] for i in infos] != ["zh-CN", "en-US"]:
        fault(path, "not the two languages")
    for info, language in zip(infos, ("zh-CN", "en")):
        if info.headline[0] != incident["text"][language]:
            fault(path, f"headline {info.headline[0]!r}")
        if not info.area[0] or not info.area[0][0].areaDesc[0]:
            fault(path, "no area")
    if alert.sent[0].endswith("Z") or "." in alert.sent[0]:
        fault(path, f"sent {alert.sent[0]}")
    import xml.etree.ElementTree as tree
    names = [child.tag.rpartition("}")[2] for child in tree.fromstring(text)]
    if names != sorted(names, key=ORDER.index):
        fault(path, f"elements out of order: {names}")
    if any(c in alert.identifier[0] for c in " ,<&"):
        fault(path, "a forbidden character in the identifier")
    counts["cap"] += 1


for path in sorted(folder.glob("*.json")):
    if path.name.endswith(".fhir.json"):
        continue
    incident = json.loads(path.read_text())
    for error in validator.iter_errors(incident):
        fault(path, f"{list(error.path)}: {error.message[:200]}")
    counts["json"] += 1
    stem = path.name[: -len(".json")]
    for reader, name in ((read_fhir, stem + ".fhir.json"), (read_cap, stem + ".cap.xml")):
        try:
            reader(folder / name, incident)
        except Exception as error:  # noqa: BLE001, whatever a reader says is a fault of the document
            fault(folder / name, f"{type(error).__name__}: {str(error)[:600]}")

print(" ".join(f"{name}={count}" for name, count in counts.items()))
for line in faults[:40]:
    print(line)
sys.exit(1 if faults or not counts["json"] else 0)

"""Judges documents with other people's parsers and schemas.

Reads from standard input a JSON array of {"kind", "text", "schema"?}; writes an array of what was read in each: facts that
the tests compare with what the report says. A document that its parser refuses has {"error": …} instead.
"""

import csv
import io
import json
import re
import sys


def read_csv(document):
    rows = list(csv.DictReader(io.StringIO(document["text"], newline=""), strict=True))
    cells = [cell for row in rows for cell in row.values()]
    assert all(isinstance(cell, str) for cell in cells), "a row has more or fewer cells than the header"
    return {
        "statuses": [row["status"] for row in rows],
        "reasons": [row["reason"] for row in rows],
        "formulas": [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")],
    }


def read_markdown(document):
    from markdown_it import MarkdownIt

    text = document["text"]
    # As GitHub reads it: tables, strikethrough, autolinks.
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    inline = [child for token in tokens for child in token.children or []]
    # What is outside of code is all that GitHub looks for mentions and bare links in.
    bare = " ".join(child.content for child in inline if child.type == "text")
    kinds = [token.type for token in tokens] + [child.type for child in inline]
    cells, rows = None, []
    for token in tokens:
        if token.type == "tr_open":
            cells = []
        elif token.type == "inline" and cells is not None:
            cells.append(token.content)
        elif token.type == "tr_close":
            rows.append(cells)
            cells = None
    return {
        "tables": kinds.count("table_open"),
        "rows": [row[:2] for row in rows[1:]],
        "widths": sorted({len(row) for row in rows}),
        "headings": [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"],
        "fences": kinds.count("fence"),
        "acting": sorted({kind for kind in kinds if kind in ("html_block", "html_inline", "link_open", "image", "s_open")}),
        "mentions": [sign for sign in ("@", "://", "www.") if sign in bare],
    }


def read_junit(document):
    import junitparser

    suites = junitparser.JUnitXml.fromstring(document["text"].encode())
    cases = [case for suite in suites for case in suite]
    kinds = {junitparser.Failure: "fail", junitparser.Error: "unknown", junitparser.Skipped: "waived"}
    statuses = [kinds[type(case.result[0])] if case.result else "pass" for case in cases]
    return {
        "statuses": statuses,
        "declared": [suites.tests, suites.failures, suites.errors, suites.skipped],
        "times": [case.name for case in cases if "time" in case._elem.attrib],
    }


def read_openmetrics(document):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as modern
    from prometheus_client.parser import text_string_to_metric_families as classic

    def samples(parse):
        return sorted(
            (sample.name, sorted(sample.labels.items()), sample.value)
            for family in parse(document["text"])
            for sample in family.samples
        )

    read = samples(modern)
    assert read == samples(classic), "the two text formats disagree"
    status = {dict(labels)["rule"]: dict(labels)["status"] for name, labels, value in read
              if name == "cis_audit_control_status" and value == 1}
    links = [(dict(labels)["rule"], dict(labels)["link"]) for name, labels, value in read
             if name == "cis_audit_link_state" and value == 1 and dict(labels)["state"] in ("broken", "unknown")]
    counts = {dict(labels)["status"]: int(value) for name, labels, value in read if name == "cis_audit_controls"}
    [when] = [value for name, _, value in read if name == "cis_audit_collected_timestamp_seconds"]
    return {"status": status, "links": sorted(links), "counts": counts, "collected": when}


def read_ocsf(document):
    from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

    events = [ComplianceFinding.model_validate(event, strict=False) for event in json.loads(document["text"])]
    return {
        "statuses": [event.compliance.status_id.name for event in events],
        "uids": [event.finding_info.uid for event in events],
        "version": sorted({event.metadata.version for event in events}),
    }


def read_asff(document):
    import boto3
    import moto

    findings = json.loads(document["text"])
    with moto.mock_aws():
        hub = boto3.client("securityhub", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        hub.enable_security_hub()
        # Twice: the second import updates.
        for _ in range(2):
            answer = hub.batch_import_findings(Findings=findings)
            assert answer["FailedCount"] == 0, answer["FailedFindings"]
        stored = hub.get_findings(MaxResults=100)["Findings"]
    limits = {"Title": 256, "Description": 1024, "Id": 512}
    too_long = [(name, len(finding[name])) for finding in findings for name, most in limits.items() if len(finding[name]) > most]
    too_long += [("Remediation", 0) for finding in findings
                 if len(finding.get("Remediation", {}).get("Recommendation", {}).get("Text", "")) > 512]
    return {
        "statuses": [finding["Compliance"]["Status"] for finding in findings],
        "stored": len(stored),
        "too_long": too_long,
        "workflows": sorted({finding["Workflow"]["Status"] for finding in findings}),
    }


def read_json(document):
    import jsonschema

    schema = document["schema"]
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    lines = document["text"].splitlines() if document["kind"] == "ndjson" else [document["text"]]
    checker = validator(schema, format_checker=validator.FORMAT_CHECKER)
    errors = [error for line in lines for error in checker.iter_errors(json.loads(line))]
    return {"errors": [f"{error.json_path}: {error.message[:300]}" for error in errors[:5]]}


def read_pipeline(document):
    import jsonschema
    from check_jsonschema.builtin_schemas import get_builtin_schema
    from check_jsonschema.parsers.yaml import construct_yaml_implementation

    names = {
        "github-action": "vendor.github-actions",
        "github-workflow": "vendor.github-workflows",
        "gitlab-pipeline": "vendor.gitlab-ci",
    }
    schema = get_builtin_schema(names[document["kind"]])
    pipeline = construct_yaml_implementation().load(document["text"])
    errors = jsonschema.validators.validator_for(schema)(schema).iter_errors(pipeline)
    return {"errors": [f"{error.json_path}: {error.message[:300]}" for error in errors][:5]}


CONSOLE = re.compile(r"https://[a-z0-9-]+\.console\.(aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)/[a-z]+/")


def html_complaints(text):
    """Parse errors of the HTML standard, and what a page that is sent to others must not have."""
    import html5lib

    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    page = parser.parse(text)
    for (line, column), code, _ in parser.errors:
        yield f"line {line}, column {column}: {code}"

    elements = [element for element in page.iter() if isinstance(element.tag, str)]
    ids = [element.get("id") for element in elements if element.get("id")]
    for name in {name for name in ids if ids.count(name) > 1}:
        yield f"id {name} twice"
    if page.get("lang") is None:
        yield "no language"
    landmarks = [element.tag for element in elements if element.tag in ("main", "nav", "footer")]
    if landmarks != ["nav", "main", "footer"]:
        yield f"landmarks {landmarks}"
    levels = [int(element.tag[1]) for element in elements if element.tag in ("h1", "h2", "h3", "h4", "h5", "h6")]
    if levels[:1] != [1] or any(after > before + 1 for before, after in zip(levels, levels[1:])):
        yield f"headings out of order: {levels}"
    scripts = [element for element in elements if element.tag == "script"]
    if len(scripts) != 1 or len(scripts[0].attrib) > 0:
        yield f"{len(scripts)} scripts"
    for element in elements:
        tag = element.tag.rpartition("}")[2]
        if tag in ("link", "img", "iframe", "object", "embed", "base", "use", "image"):
            yield f"<{tag}>"
        for name, value in element.attrib.items():
            if str(name).startswith("on") or name == "style":
                yield f"{name} on <{tag}>"
            # A page leads to the console of a partition, and takes nothing along.
            is_console = tag == "a" and name == "href" and CONSOLE.match(value) and element.get("rel") == "noreferrer"
            if name in ("src", "href", "action", "formaction") and not value.startswith("#") and not is_console:
                yield f"<{tag}> leads to {value}"
            if name == "href" and not is_console and value[1:] not in ids:
                yield f"nothing is called {value}"
            if name == "aria-labelledby" and value not in ids:
                yield f"<{tag}> is labelled by {value}, which is not there"
        if tag == "svg" and (element.get("role") != "img" or not element.get("aria-label")):
            yield "a picture without a text"
        if tag == "input" and not any(element in label.iter() for label in elements if label.tag == "label"):
            yield f"input {element.get('name')} without a label"


def read_html(document):
    return {"complaints": list(html_complaints(document["text"]))}


READERS = {
    "asff": read_asff,
    "csv": read_csv,
    "github-action": read_pipeline,
    "github-workflow": read_pipeline,
    "gitlab-pipeline": read_pipeline,
    "html": read_html,
    "json": read_json,
    "junit": read_junit,
    "markdown": read_markdown,
    "ndjson": read_json,
    "ocsf": read_ocsf,
    "openmetrics": read_openmetrics,
    "sarif": read_json,
}


def judge(document):
    try:
        return READERS[document["kind"]](document)
    except Exception as error:  # whatever a parser says is the answer
        return {"error": f"{type(error).__name__}: {error}"}


json.dump([judge(document) for document in json.load(sys.stdin)], sys.stdout)

"""Reads the templates that are named on the command line as other programs do: CloudFormation's (`.yaml`) are linted by
AWS's resource specification, Terraform's (`.tf`) are parsed.

Prints one JSON object a file, a line each: `{"file", "problems", "document"}`. Of CloudFormation's the short tags are
written out (`{"Ref": …}`).
"""

import json
import sys

import cfnlint
import hcl2
from cfnlint.config import ManualArgs
from cfnlint.decode import decode


def cloudformation(path: str) -> dict:
    document, unreadable = decode(path)
    if unreadable:
        return {"problems": [str(problem) for problem in unreadable], "document": None}
    with open(path, encoding="utf-8") as file:
        found = cfnlint.lint(file.read(), config=ManualArgs(regions=["us-east-1"]))
    return {"problems": [str(problem) for problem in found], "document": document}


def terraform(path: str) -> dict:
    with open(path, encoding="utf-8") as file:
        return {"problems": [], "document": hcl2.load(file)}


for path in sys.argv[1:]:
    read = terraform if path.endswith(".tf") else cloudformation
    print(json.dumps({"file": path, **read(path)}))

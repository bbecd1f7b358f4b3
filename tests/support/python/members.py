"""Reads closed lists off AWS's service models, as botocore has them.

Usage: members.py SERVICE:SHAPE…

Prints one JSON object with the members of each, by its argument. A shape that lists its values in its documentation
only, as numbers, is read there.
"""

import json
import re
import sys

from botocore.loaders import Loader

LOADER = Loader()


def main() -> None:
    """Answers on standard output."""
    json.dump({argument: members(*argument.split(":")) for argument in sys.argv[1:]}, sys.stdout)


def members(service: str, name: str) -> list:
    shape = LOADER.load_service_model(service, "service-2")["shapes"][name]
    if "enum" in shape:
        return sorted(shape["enum"])
    sentence = re.search(r"Possible values are: ([0-9, and]+)\.", shape["documentation"])
    return re.findall(r"\d+", sentence[1])


if __name__ == "__main__":
    main()

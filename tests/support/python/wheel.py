"""Writes a wheel of cis-audit whose program is a given one, as maturin's `bin` bindings lay it out; prints its SHA-256.

Usage: wheel.py PROGRAM VERSION DIRECTORY
"""

import hashlib
import pathlib
import sys
import zipfile

program, version, directory = sys.argv[1:]
name = f"cis_audit-{version}"
files = {
    f"{name}.data/scripts/cis-audit": f"#!/bin/sh\nexec '{program}' \"$@\"\n",
    f"{name}.dist-info/METADATA": f"Metadata-Version: 2.4\nName: cis-audit\nVersion: {version}\n",
    f"{name}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
}
# pip asks for the list, not for hashes in it.
files[f"{name}.dist-info/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{name}.dist-info/RECORD"])
wheel = pathlib.Path(directory) / f"{name}-py3-none-any.whl"
with zipfile.ZipFile(wheel, "w") as archive:
    for file, text in files.items():
        # The same bytes each time, and a program that may be run.
        entry = zipfile.ZipInfo(file, (2020, 1, 1, 0, 0, 0))
        entry.external_attr = (0o100755 if "/scripts/" in file else 0o100644) << 16
        archive.writestr(entry, text)
print(hashlib.sha256(wheel.read_bytes()).hexdigest())

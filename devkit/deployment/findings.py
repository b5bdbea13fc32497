"""What in a commit the cloud refuses or checks out in another way: the table and its rules."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.deployment import tree_rules
from devkit.deployment.naming import for_shell, listed, quoted
from devkit.ports import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.deployment.evidence import Evidence

MOST_DETAILS = 20
"""How many of the names stand below a refusal."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A row of the table.

    Attributes:
        title: What it is called in the documentation.
        severity: What the cloud makes of it.
        sentence: ``{names}`` is what was found, in quotes; ``{first}`` the first of it as it is.
        way_out: ``{path}`` is the first that was found and ``{folder}`` its folder, ``{wanted}``
            where the cloud looks for the Dockerfile; all as words of a shell.
        look: Finds the names; none where the case does not apply.
    """

    title: str
    severity: Severity
    sentence: str
    way_out: str
    look: Callable[[Evidence], tuple[str, ...]]

    def finding(self, names: tuple[str, ...], evidence: Evidence) -> Finding:
        """What is told of the names that were found."""
        values = {
            "names": listed(names),
            "first": names[0],
            "path": for_shell(names[0]),
            "folder": for_shell(posixpath.dirname(names[0]) or "."),
            "wanted": for_shell(evidence.dockerfile),
        }
        return Finding(
            severity=self.severity,
            sentence=self.sentence.format(**values),
            way_out=self.way_out.format(**values),
            details=tuple(map(quoted, names[:MOST_DETAILS])) if len(names) > 1 else (),
        )


def judge(evidence: Evidence) -> tuple[Finding, ...]:
    """Apply the table to a commit; what is refused comes first."""
    found = ((case, case.look(evidence)) for case in CASES)
    return tuple(case.finding(names, evidence) for case, names in found if names)


def as_markdown() -> str:
    """The table as the documentation has it."""
    words = {"path": "PATH", "folder": "DIR", "wanted": "Dockerfile"}
    rows = (f"| {c.title} | {c.severity.value} | {c.way_out.format(**words)} |" for c in CASES)
    return "\n".join(["| what | is | way out |", "| --- | --- | --- |", *rows, ""])


_TO_LF = "then `git add --renormalize .` and commit."

CASES = (
    Case(
        title="Submodules",
        severity=Severity.REFUSED,
        sentence="The commit has a submodule, which the cloud does not check out: {names}.",
        way_out="Commit the files instead (`git rm --cached -- {path}`, remove its `.git`,"
        " `git add -- {path}`), or install it as a package.",
        look=tree_rules.submodules,
    ),
    Case(
        title="Committed empty folders (empty trees)",
        severity=Severity.REFUSED,
        sentence="The commit has an empty folder, which the cloud does not check out: {names}.",
        way_out="Commit a file in it: `touch -- {path}/.gitkeep`, `git add -- {path}`.",
        look=tree_rules.empty_folders,
    ),
    Case(
        title="A history of more than 800 MB",
        severity=Severity.REFUSED,
        sentence="The commit with its history takes {first}; the cloud clones at most 800 MB.",
        way_out="`git gc` first, since what is not packed yet counts in full; then take large"
        " files out of the history (`git filter-repo --strip-blobs-bigger-than 10M` in a fresh"
        " clone), or begin a new repository with the files of today.",
        look=tree_rules.too_large,
    ),
    Case(
        title="A history of more than 100 MB",
        severity=Severity.WARNED,
        sentence="The commit with its history takes {first}, which makes every deployment slow;"
        " from 800 MB on the cloud refuses it.",
        way_out="`git gc` first, since what is not packed yet counts in full; keep uploads and"
        " other large files in the storage, not in git.",
        look=tree_rules.large,
    ),
    Case(
        title="No Dockerfile in the project's folder, but one elsewhere (the build fails: 12)",
        severity=Severity.WARNED,
        sentence="There is no Dockerfile in the project's folder, but here: {names}.",
        way_out="Name its folder, from the repository's top level: `devkit --project {folder}"
        " verify`; or move it with all that it copies.",
        look=tree_rules.dockerfile_elsewhere,
    ),
    Case(
        title="A Dockerfile of another name or case (the build fails: 12)",
        severity=Severity.WARNED,
        sentence="The cloud builds from a file that is named Dockerfile, and the project's folder"
        " has only: {names}.",
        way_out="From the repository's top level: `git mv -- {path} {wanted}`.",
        look=tree_rules.dockerfile_misnamed,
    ),
    Case(
        title="A Dockerfile that is a link out of the project's folder (the build fails: 12)",
        severity=Severity.WARNED,
        sentence="The Dockerfile is a link that leads out of the project's folder: {names}.",
        way_out="Replace it by the file itself: `git rm --cached -- {path}`, copy the file there,"
        " `git add -- {path}`.",
        look=tree_rules.dockerfile_link,
    ),
    Case(
        title="Other links out of the project's folder",
        severity=Severity.WARNED,
        sentence="Links lead out of the project's folder, to where the image may have nothing:"
        " {names}.",
        way_out="Commit what they point to beside them, or see that the image has it there.",
        look=tree_rules.other_links,
    ),
    Case(
        title="Git LFS pointers",
        severity=Severity.WARNED,
        sentence="The cloud does not run Git LFS, so that the build gets a pointer of some 130"
        " bytes instead of the file: {names}.",
        way_out="Take its `filter=lfs` out of .gitattributes, `git add --renormalize -- {path}` and"
        " commit; or fetch the file from the storage when the application starts.",
        look=lambda evidence: evidence.pointers,
    ),
    Case(
        title="Encrypted files (git-crypt, transcrypt)",
        severity=Severity.WARNED,
        sentence="The cloud has no key, so that the build gets encrypted files: {names}.",
        way_out="Give the application its secrets as environment variables, or decrypt them when"
        " it starts.",
        look=lambda evidence: evidence.encrypted,
    ),
    Case(
        title="Files that a filter of your git rewrites",
        severity=Severity.WARNED,
        sentence="A filter of your git rewrites files when it checks them out, and the cloud does"
        " not have it: {names}.",
        way_out="Commit them as the application needs them, and take their `filter` out of"
        " .gitattributes.",
        look=lambda evidence: evidence.filtered,
    ),
    Case(
        title="A `#!` line that ends in CRLF, in a program",
        severity=Severity.WARNED,
        sentence="The `#!` line ends in CRLF, and Linux will not find the interpreter"
        " (`no such file or directory`): {names}.",
        way_out=f"Write `* text=auto eol=lf` into .gitattributes, {_TO_LF}",
        look=lambda evidence: evidence.crlf_scripts,
    ),
    Case(
        title="CRLF in git, though `* text=auto` or `text` asks for LF (mixed line ends)",
        severity=Severity.WARNED,
        sentence="The commit has CRLF where .gitattributes asks for LF, so that the build gets CRLF"
        " and git may call the files modified: {names}.",
        way_out="`git add --renormalize .` and commit.",
        look=lambda evidence: evidence.kept_crlf,
    ),
    Case(
        title="Names that differ in case only",
        severity=Severity.WARNED,
        sentence="Names differ in case only, and a disk of macOS or Windows keeps one of them:"
        " {names}.",
        way_out="Rename or remove one: `git mv -- {path} NEW` or `git rm -- {path}`, on Linux.",
        look=tree_rules.alike_but_for_case,
    ),
)

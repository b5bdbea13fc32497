"""The scripts that copy all files of a database's server, which is stopped for that."""

from __future__ import annotations

NEW_FILES = ".devkit-new"
OLD_FILES = ".devkit-old"
PLACE = "/devkit-snapshot"
WHOLE = f"{PLACE}/whole"
"""Written last of all, with the size in bytes: without it a snapshot was cut short."""
VERSION_DIFFERS = 41
CUT_SHORT = 42

_COPY = """
copy() {
    reflink=
    cp --help 2>&1 | grep -q reflink && reflink=--reflink=auto
    cp -a $reflink "$1/." "$2/"
}
"""
TAKE = f"""
set -e
{_COPY}
rm -rf "$FROM/{NEW_FILES}" "$FROM/{OLD_FILES}"
mkdir {PLACE}/files
copy "$FROM" {PLACE}/files
rm -f {PLACE}/files/postmaster.pid
du -sk {PLACE}/files | (read -r size rest; echo "$((size * 1024))" > {WHOLE}.new)
mv {WHOLE}.new {WHOLE}
cat {WHOLE}
"""
"""Copies the files of a server that is stopped into a volume; tells how many bytes."""
PUT_BESIDE = f"""
set -e
{_COPY}
[ -f {WHOLE} ] || exit {CUT_SHORT}
version() {{ cat "$1/PG_VERSION" 2>/dev/null || :; }}
[ "$(version "$FROM")" = "$(version {PLACE}/files)" ] || exit {VERSION_DIFFERS}
rm -rf "$FROM/{NEW_FILES}" "$FROM/{OLD_FILES}"
mkdir "$FROM/{NEW_FILES}"
copy {PLACE}/files "$FROM/{NEW_FILES}"
"""
"""Copies a snapshot's files beside those of a server that is stopped.

PostgreSQL alone says among its files which version they are of.
"""
CLEAR = f'rm -rf "$FROM/{NEW_FILES}"'
"""Takes those copies away again."""
SWAP_IN = f"""
set -e
cd "$FROM"
mkdir {OLD_FILES}
for each in * .[!.]*; do
    case "$each" in {NEW_FILES}|{OLD_FILES}|'*'|'.[!.]*') ;; *) mv "$each" {OLD_FILES}/ ;; esac
done
for each in {NEW_FILES}/* {NEW_FILES}/.[!.]*; do
    [ ! -e "$each" ] || mv "$each" .
done
rmdir {NEW_FILES}
rm -rf {OLD_FILES}
"""
"""Lets them take the place of those; renames alone, which no full disk stops."""
PUT_IN_PLACE = f"""
set -e
{_COPY}
[ -f {WHOLE} ] || exit {CUT_SHORT}
cd "$FROM"
for each in * .[!.]*; do
    rm -rf -- "$each"
done
copy {PLACE}/files "$FROM"
"""
"""Copies a snapshot's files where those of the server were, which go first: they may fill the disk.

For what nobody wants back.
"""
MEASURE = """
for each in /devkit-snapshots/*; do
    [ ! -f "$each/whole" ] || printf '%s\\t%s\\n' "${each##*/}" "$(cat "$each/whole")"
done
"""

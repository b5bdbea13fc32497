"""The scripts that copy all files of a database's server, which is stopped for that."""

from __future__ import annotations

NEW_FILES = ".devkit-new"
OLD_FILES = ".devkit-old"
COMING_IN = ".devkit-in"
"""The new ones, once all of the old are out of their way."""
PLACE = "/devkit-snapshot"
WHOLE = f"{PLACE}/whole"
"""Written last of all, with the size in bytes: without it a snapshot was cut short."""
VERSION_DIFFERS = 41
CUT_SHORT = 42
IN_BETWEEN = 43
"""Neither the new files nor the old ones could be moved to where they belong."""

# What a person has mounted among the files, such as a configuration, is theirs, and stays.
_MOVE = f"""
mounted() {{
    case "$(cat /proc/self/mounts)" in *" $FROM/$1 "*) return 0 ;; esac
    return 1
}}
move_all() {{
    for each in "$1"/* "$1"/.[!.]*; do
        name="${{each##*/}}"
        case "$name" in {NEW_FILES}|{OLD_FILES}|{COMING_IN}) continue ;; esac
        [ -e "$each" ] || [ -L "$each" ] || continue
        mounted "$name" || mv "$each" "$2/" || return 1
    done
}}
bring_in() {{
    move_all {COMING_IN} . || return 1
    rm -rf {COMING_IN} {OLD_FILES}
}}
take_back() {{
    move_all {OLD_FILES} . || return 1
    rm -rf {NEW_FILES} {OLD_FILES}
}}
"""
TIDY = f"""
{_MOVE}
cd "$FROM"
if [ -d {COMING_IN} ]; then
    bring_in
elif [ -d {OLD_FILES} ] && [ -d {NEW_FILES} ]; then
    take_back
fi
rm -rf {NEW_FILES} {OLD_FILES}
"""
"""A swap that was cut short: its second half is gone on with, its first one is taken back."""
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
{TIDY}
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
{TIDY}
mkdir "$FROM/{NEW_FILES}"
copy {PLACE}/files "$FROM/{NEW_FILES}"
"""
"""Copies a snapshot's files beside those of a server that is stopped.

PostgreSQL alone says among its files which version they are of.
"""
CLEAR = f'rm -rf "$FROM/{NEW_FILES}"'
"""Takes those copies away again."""
SWAP_IN = f"""
{_MOVE}
cd "$FROM" && mkdir {OLD_FILES} || exit
if move_all . {OLD_FILES} && mv {NEW_FILES} {COMING_IN}; then
    bring_in || exit {IN_BETWEEN}
else
    take_back || exit {IN_BETWEEN}
    exit 1
fi
"""
"""Lets them take the place of those; renames alone, which no full disk stops.

Where one cannot be moved all is as it was. Where it is cut short, the next script tidies up.
"""
PUT_IN_PLACE = f"""
set -e
{_COPY}
{_MOVE}
[ -f {WHOLE} ] || exit {CUT_SHORT}
cd "$FROM"
for each in * .[!.]*; do
    mounted "$each" || rm -rf -- "$each"
done
mkdir {NEW_FILES}
copy {PLACE}/files {NEW_FILES}
mv {NEW_FILES} {COMING_IN}
bring_in
"""
"""Copies a snapshot's files where those of the server were, which go first: they may fill the disk.

For what nobody wants back.
"""
MEASURE = """
for each in /devkit-snapshots/*; do
    [ ! -f "$each/whole" ] || printf '%s\\t%s\\n' "${each##*/}" "$(cat "$each/whole")"
done
"""

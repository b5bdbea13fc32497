#!/bin/sh
# Installed by devkit: rehearses the deployment of what is pushed, before it is pushed.
# `devkit hook uninstall` takes it out again and puts back the hook that was here before.
# A single push without a verdict: DEVKIT_SKIP=1 git push
devkit=@EXECUTABLE@
project=@PROJECT@

if ! [ -x "$devkit" ]; then
    recorded=$devkit
    if ! devkit=$(command -v devkit); then
        echo "devkit: the push is refused, because devkit is neither in $recorded nor on the PATH." >&2
        echo "hint: install it and run 'devkit hook install', or use 'git push --no-verify'." >&2
        exit 1
    fi
fi
# The folder need not be in the working tree: what counts is the commit.
exec "$devkit" hook run --folder "$project" -- "$@"

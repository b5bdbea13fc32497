"""Signature Version 4, as "Create a signed AWS API request" of the IAM user guide has it."""

import hashlib
import hmac
from urllib.parse import quote


def signature(secret, method, path, query, headers, signed, payload, stamp, scope):
    """The signature of a request.

    `headers` has its names in lower case, `signed` is the list of those that are signed, `scope`
    is DATE/REGION/SERVICE/aws4_request.
    """
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&") if pair)
    canonical = "\n".join(
        [
            method,
            quote(path, safe="/-_.~%"),
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{headers[name].strip()}" for name in signed),
            "",
            ";".join(signed),
            payload,
        ]
    )
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()]
    )
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()

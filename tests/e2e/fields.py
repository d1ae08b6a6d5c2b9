# SPDX-License-Identifier: Apache-2.0
"""The field contract: which test shows the effect of which field of the resource."""

PROOFS = {}


def proves(*paths):
    """Says that a test shows the effect of these fields, as paths of the schema: spec.backends[].name."""

    def note(test):
        for path in paths:
            PROOFS.setdefault(path, []).append(f"{test.__module__}::{test.__name__}")
        return test

    return note


def written(value, prefix):
    """Every field that a document writes, as `proves` names them; the keys of maps (labels) are no fields."""
    found = []
    if isinstance(value, list):
        for item in value:
            found += written(item, f"{prefix}[]")
    elif isinstance(value, dict):
        for name, below in value.items():
            if name.isidentifier():
                found += [f"{prefix}.{name}", *written(below, f"{prefix}.{name}")]
    return list(dict.fromkeys(found))


def paths(schema, prefix):
    """Every field below a schema node; what is free in form (inputSchema) is one field."""
    for name, child in schema.get("properties", {}).items():
        path = f"{prefix}.{name}"
        yield path
        while child.get("type") == "array":
            path, child = f"{path}[]", child["items"]
        yield from paths(child, path)

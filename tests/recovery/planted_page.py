"""The page of planted errors, docs/planted.md."""

from __future__ import annotations

from typing import Any


def page(result: dict[str, Any]) -> str:
    """Write the page."""
    lines = ["| set | kind | eligible | found | recall (95%) | planted | found | recall |",
             "|---|---|---:|---:|---|---:|---:|---:|"]
    for row in result["rows"]:
        ends = row.get("seen_ci", (0, 0))
        lines.append(
            f"| {row['set']} | {row['kind']} | {row['eligible']} | {row['seen']} | "
            f"{row['seen'] / max(1, row['eligible']):.2f} ({ends[0]:.2f}-{ends[1]:.2f}) | "
            f"{row['planted']} | {row['found']} | {row['found'] / max(1, row['planted']):.2f} "
            f"any {row['any']} ref {row['refused']} |")
    for name, each in result["sets"].items():
        lines.append(f"{name}: {each['cases']} cases {each['claims']} claims {each['n_found']} "
                     f"found, {50 * each['n_found'] / each['claims']:.2f} per 50; judged "
                     f"{each['judged']} quotes in vain {each['quotes_in_vain']}")
        lines += [f"  {where} {text}" for where, text in each["found"]]
    return "\n".join(lines) + "\n"

"""Colours of charts and page: one table, light and dark.

The colours of relations keep apart for readers who do not see red or green, and every one has a
contrast of at least 4.5 with its ground (a test computes both). Charts are drawn with the light
values; the page swaps these for style-sheet variables, so that one drawing serves both grounds.
"""

from __future__ import annotations

from typing import Any

# name: (on white, on the dark ground)
COLOURS: dict[str, tuple[str, str]] = {
    "paper": ("#ffffff", "#14171c"),
    "ink": ("#16191d", "#eceff3"),
    "soft": ("#565d66", "#a9b1bb"),
    "rule": ("#dcdfe3", "#333a43"),
    "band": ("#5b6b84", "#93a5c1"),
    "ghost": ("#c9ced5", "#4a525d"),
    "line": ("#2b3a55", "#d3def0"),
    "adversary": ("#b95b03", "#e95831"),
    "self": ("#67056d", "#cd44f9"),
    "ally": ("#67023a", "#ec4074"),
    "third_party_state": ("#104aeb", "#aec2fc"),
    "independent": ("#048658", "#b1ffe8"),
    "media": ("#4f3902", "#f8ee45"),
}
RELATIONS = ("adversary", "self", "ally", "third_party_state", "independent", "media")
RELATION_SHAPES = ("square", "diamond", "cross", "circle", "triangle-right", "triangle-left")
FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def light(name: str) -> str:
    """Colour on white."""
    return COLOURS[name][0]


def to_variables(text: str) -> str:
    """Put `var(--name)` in the place of every light colour in a drawing or a chart definition."""
    for name, (on_white, _) in COLOURS.items():
        text = text.replace(on_white, f"var(--{name.replace('_', '-')})")
    return text


def light_variables() -> dict[str, str]:
    """Light colours by the name of their style-sheet variable, for charts saved as files."""
    return {f"--{name.replace('_', '-')}": on_white for name, (on_white, _) in COLOURS.items()}


def style_sheet() -> str:
    """Variables for both grounds; print is always on white."""

    def block(which: int) -> str:
        return "".join(f"--{n.replace('_', '-')}:{c[which]};" for n, c in COLOURS.items())

    return (
        f":root{{color-scheme:light;{block(0)}}}\n@media screen and (prefers-color-scheme:dark)"
        f"{{:root{{color-scheme:dark;{block(1)}}}}}"
    )


def config(below_key: int, stacked: bool) -> dict[str, Any]:
    """Vega-Lite configuration shared by all charts.

    `below_key` is the room under the key; `stacked` keys stand one below the other.
    """
    text = {
        "labelFont": FONT,
        "titleFont": FONT,
        "labelColor": light("soft"),
        "titleColor": light("soft"),
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    return {
        "font": FONT,
        "background": "transparent",
        "view": {"stroke": None},
        "axis": {
            **text,
            "gridColor": light("rule"),
            "domainColor": light("soft"),
            "tickColor": light("soft"),
            "domain": False,
            "ticks": False,
            "labelPadding": 6,
        },
        "legend": {
            **text,
            "titleFontWeight": "bold",
            "orient": "top",
            "direction": "horizontal",
            "symbolSize": 90,
            "symbolStrokeWidth": 1.5,
            "titleAnchor": "start",
            "columnPadding": 14,
            "offset": below_key,
            "layout": {
                "top": {
                    "anchor": "start",
                    "margin": 22,
                    "direction": "vertical" if stacked else "horizontal",
                }
            },
        },
        "title": {
            "font": FONT,
            "subtitleFont": FONT,
            "anchor": "start",
            "fontSize": 18,
            "fontWeight": "bold",
            "subtitleFontSize": 13,
            "color": light("ink"),
            "subtitleColor": light("soft"),
            "offset": 12,
            "subtitlePadding": 6,
        },
    }

"""Contents to pages: one HTML file that asks for nothing, one Markdown file, and the drawings."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup

from . import paper as paper_words
from . import passages
from . import sentences as say
from .bundle import GRAMMAR, bundle
from .charts import ANCHORS, BIAS, KNOWN, MOVERS, SERIES, TRUST
from .contents import Contents
from .explorer import explorer
from .figures import Figure, titled, untitled
from .inert import markdown, plain, script_json
from .palette import light_variables, style_sheet, to_variables

_TEMPLATES = Path(__file__).parent / "templates"
PNG_SCALE = 2.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart as the page holds it: two drawings and the definitions of both."""

    wide: Markup
    narrow: Markup
    specs: Markup


def _environment(html: bool) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=html,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    made.filters.update(
        md=markdown, code=_code, mdcell=paper_words.cell, rule=paper_words.rule,
        lean=paper_words.lean, asides=paper_words.asides,
    )
    return made


def _code(text: str) -> str:
    """Text for a code span of Markdown."""
    return plain(text).replace("`", "'")


def html(contents: Contents, figures: Mapping[str, Figure],
         drawn: Mapping[str, str] | None = None) -> str:
    """Give the page: one file, no request, a policy that allows only its own scripts and style.

    Parameters
    ----------
    contents : Contents
    figures : dict of str to Figure
        As `charts` makes them.
    drawn : dict of str to str, optional
        Each of them by `draw`, where they are drawn already.

    Returns
    -------
    str
    """
    shown = explorer(contents)
    charts = to_variables(script_json(shown.data)).encode()
    return page(
        "report.html.j2",
        {
            **_shared(contents, figures),
            "drawn": drawn or {},
            "explorer": shown,
            "explorer_data": _sent(charts),
            "chances_data": _sent(shown.chances),
        },
    )


def _sent(raw: bytes) -> Markup:
    """Bytes as a page can hold them: deflated, in base 64."""
    return Markup(base64.b64encode(zlib.compress(raw, 9)).decode())


def page(template: str, words: Mapping[str, Any], scripts: bool = True) -> str:
    """Give one HTML file from a template: drawings, style and scripts inside it.

    Parameters
    ----------
    template : str
        Name of the template.
    words : dict
        What the template says; its `figures` are drawn for wide and narrow screens, but for the
        wide ones that are in its `drawn` already.
    scripts : bool
        Whether the page has any; without, its policy allows none.

    Returns
    -------
    str
    """
    style = style_sheet() + (_TEMPLATES / "style.css").read_text("utf-8")
    library = script = ""
    if scripts:
        library = bundle()
        script = (_TEMPLATES / "page.js").read_text("utf-8")
    allowed = " ".join(_hash(text) for text in (library, script) if text) or "'none'"
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return _environment(html=True).get_template(template).render(
        **words,
        policy=policy,
        style=Markup(style),
        bundle=Markup(library),
        script=Markup(script),
        palette=Markup(script_json(light_variables())),
        drawings={name: _drawing(figure, words.get("drawn", {}).get(name) or draw(figure))
                  for name, figure in words["figures"].items()},
    )


def paper(contents: Contents, figures: Mapping[str, Figure]) -> str:
    """Give the Markdown twin of the page; it shows the drawings in `figures/`."""
    return paper_words.with_contents(sheet("report.md.j2", _shared(contents, figures)))


def sheet(template: str, words: Mapping[str, Any]) -> str:
    """Give one Markdown file from a template and what it says."""
    text = _environment(html=False).get_template(template).render(words)
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def draw(figure: Figure, narrow: bool = False) -> str:
    """Give a chart as SVG, without its title."""
    return str(vl_convert.vegalite_to_svg(untitled(figure, narrow), vl_version=GRAMMAR))


def drawings(figure: Figure, drawn: str = "") -> dict[str, bytes]:
    """File name to bytes: the chart with its title, as SVG and PNG; `drawn` if `draw` made it."""
    svg = titled(figure, drawn or draw(figure))
    png = packed(vl_convert.svg_to_png(svg, scale=PNG_SCALE))
    return {f"{figure.name}.svg": svg.encode(), f"{figure.name}.png": png}


def packed(png: bytes) -> bytes:
    """Give the same picture in about a third of the bytes: its data compressed again, harder."""
    start, data, kept = 8, b"", []
    while start < len(png):
        size = int.from_bytes(png[start : start + 4])
        kind, body = png[start + 4 : start + 8], png[start + 8 : start + 8 + size]
        if kind == b"IDAT":
            data += body
        else:
            kept.append((kind, body))
        start += 12 + size
    kept.insert(-1, (b"IDAT", zlib.compress(zlib.decompress(data), 6)))
    chunks = [
        len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)
        for kind, body in kept
    ]
    return png[:8] + b"".join(chunks)


def _shared(contents: Contents, figures: Mapping[str, Figure]) -> dict[str, Any]:
    headline = contents.headline
    number = contents.claims["status"].value_counts()
    origins = int(contents.identification["n_origins"])
    return {
        "c": contents,
        "as_of": say.day(contents.as_of),
        "start": say.day(contents.start),
        "range": say.span(headline.low, headline.high),
        "noun": say.noun(headline.quantity),
        "quote": passages.quote_words(contents.headline, contents.people, contents.as_of,
                                      contents.account)
        if not headline.withheld and all(each.verdict != "fail" for each in contents.alarms)
        else "",
        "figures": figures,
        "fans": [name for name in figures
                 if name not in (ANCHORS, BIAS, KNOWN, MOVERS, SERIES, TRUST)],
        "facts": [
            (
                say.count(headline.median) if not headline.withheld else "–",
                "median, half of the estimate on either side",
                not headline.withheld,
            ),
            (
                say.percent(float(contents.identification["assumption_share"])),
                "of the uncertainty (log scale) would remain however many more figures of the "
                "same kind these sources gave",
                False,
            ),
            (str(origins), "independent " + ("origin speaks" if origins == 1 else "origins speak"),
             False),
            (str(int(number.get("used", 0))), f"of {len(contents.claims)} claims used as evidence",
             True),
        ],
        "again": _again(contents.account),
        "not_claimed": passages.not_claimed(contents.account.get("priors", ())),
        "priors_source": plain(str(contents.account.get("priors_source", ""))),
    }


def _again(account: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """How to repeat the run: terms and lines."""
    versions = [f"{name} {number}" for name, number in account["versions"].items()]
    hashes = [f"{name} {digest}" for name, digest in account["input_sha256"].items()]
    diagnostics = account["diagnostics"]
    sampler = (
        f"{account['chains']} chains of {account['draws']} draws after {account['tune']}; "
        f"largest R-hat {diagnostics['max_rhat']:.3f}, smallest effective sample sizes "
        f"{diagnostics['min_ess_bulk']:.0f} (bulk) and {diagnostics['min_ess_tail']:.0f} (tail), "
        f"{diagnostics['divergences']} divergences"
    )
    return [
        ("Command", [plain(account["command"])]),
        ("Seed", [str(account["seed"])]),
        ("Sampler", [sampler]),
        ("Versions", versions),
        ("SHA-256 of the input", hashes),
        ("Fingerprint of the claims", [plain(account["fingerprint"])]),
    ]


def _drawing(figure: Figure, wide: str) -> Drawing:
    made = [Markup(own_ids(to_variables(svg), f"{figure.name}-{form}-"))
            for svg, form in ((wide, "wide"), (draw(figure, narrow=True), "narrow"))]
    specs = script_json({"wide": figure.wide, "narrow": figure.narrow, "datasets": figure.data})
    return Drawing(made[0], made[1], Markup(to_variables(specs)))


def own_ids(svg: str, prefix: str) -> str:
    """Give the identifiers of a drawing a prefix, so that two drawings share none."""
    svg = re.sub(r'\bid="', f'id="{prefix}', svg)
    return re.sub(r"url\(#", f"url(#{prefix}", svg)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"

"""The report in a browser without a network: silent, readable, reached by keyboard, printed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browser import Browser, printed
from playwright.sync_api import Page

Show = Callable[..., Page]
A4 = 688  # px between the margins that the style sheet sets on paper
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3, for text of ordinary size

BEYOND = """[...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
    && !e.closest('.scroll, .skip, svg') && e.getBoundingClientRect().right > innerWidth + 1
).map(e => e.outerHTML.slice(0, 80))"""
NUMBER = "document.querySelectorAll('*').forEach((e, i) => { e.place = i; })"
STOPS = """[...document.querySelectorAll(
    'a[href], summary, button, input, select, textarea, [tabindex="0"]')]
    .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled)
    .filter(e => e.type !== 'radio' || e.checked).map(e => e.place)"""
FOCUS = """(() => {
    const e = document.activeElement, box = e.getBoundingClientRect();
    const style = getComputedStyle(e.type === 'radio' ? e.nextElementSibling : e);
    return {
        at: e === document.body ? -1 : e.place, name: e.outerHTML.slice(0, 80),
        closed: e.tagName === 'SUMMARY' && !e.parentElement.open,
        ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    }
})()"""
FAINT = """(least => {
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(
        v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
    ).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const rgb = text => text.match(/[\\d.]+/g).map(Number);
    const ground = rgb(getComputedStyle(document.documentElement).backgroundColor);
    return [...document.querySelectorAll('.drawing svg text')].filter(e => e.checkVisibility())
        .map(e => [e, getComputedStyle(e)])
        .filter(([, style]) => style.fill !== 'none' && style.stroke === 'none'
            && style.opacity * style.fillOpacity > 0)
        .map(([e, style]) => {
            const strength = style.opacity * style.fillOpacity;
            const ink = rgb(style.fill).map((v, i) => v * strength + ground[i] * (1 - strength));
            const [dark, bright] = [light(ink), light(ground)].sort((a, b) => a - b);
            return [(bright + 0.05) / (dark + 0.05), e.textContent];
        }).filter(([contrast]) => contrast < least);
})"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_report_opens_without_a_network(width: int, dark: bool, show: Show) -> None:
    page = show(width=width, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(BEYOND) == []
    hidden = page.evaluate("""[...document.querySelectorAll('.scroll[class*=test-]')].filter(
        e => e.scrollWidth > e.clientWidth + 1).map(e => [e.scrollWidth, e.clientWidth])""")
    assert hidden == []  # the last column, the prior chance, is seen without scrolling
    form = "wide" if width > 719 else "narrow"
    shown = f"figure:not(.fallback) .{form} svg"
    drawn = page.evaluate(f"""[...document.querySelectorAll('{shown}')].map(s => {{
        const r = s.getBoundingClientRect(); return r.width > 300 && r.height > 100}})""")
    assert len(drawn) >= 4
    assert all(drawn)
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is not dark
    assert page.evaluate(f"{FAINT}({LEAST_CONTRAST})") == []


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
def test_axe_finds_no_serious_violation(
    width: int, dark: bool, show: Show, browser: Browser
) -> None:
    show(width=width, dark=dark)
    assert browser.violations() == []


def test_without_scripts_the_drawings_stay(show: Show) -> None:
    page = show(scripts=False)
    assert page.locator("figure .wide svg").count() >= 5


def test_the_keyboard_reaches_everything_in_reading_order(show: Show) -> None:
    page = show()
    page.evaluate(NUMBER)
    reached: list[int] = []
    page.keyboard.press("Tab")
    while (focus := page.evaluate(FOCUS))["at"] not in (-1, *reached[:1]):
        assert focus["ring"], focus["name"]
        assert focus["seen"], focus["name"]
        if focus["closed"]:
            page.keyboard.press("Enter")
        if focus["at"] not in reached[-1:]:  # a field of day, month and year is reached three times
            reached.append(focus["at"])
        page.keyboard.press("Tab")
    assert reached == page.evaluate(STOPS)
    assert page.locator("details:not([open])").count() == 0


def test_the_skip_link_leads_to_the_report(show: Show) -> None:
    page = show()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main')?.id") == "main"


def test_a_region_that_scrolls_does_so_by_keyboard(show: Show) -> None:
    page = show(width=390)
    region = page.locator(".scroll.claims")
    region.focus()
    for key in ("ArrowRight", "ArrowDown"):
        for _ in range(4):
            page.keyboard.press(key)
    page.wait_for_timeout(500)
    assert page.evaluate("""(e => e.scrollLeft > 0 && e.scrollTop > 0)(
        document.querySelector('.scroll.claims'))""")


def test_it_prints_to_a4(show: Show, run: Path) -> None:
    page = show()
    pages = printed(page.pdf(format="A4", prefer_css_page_size=True))
    assert len(pages) > 1
    assert 0 not in pages
    page = show(width=A4, height=1000)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= A4
    cut = """[...document.querySelectorAll('.scroll')].filter(
        e => e.checkVisibility() && e.firstElementChild.offsetWidth > e.clientWidth + 1
    ).map(e => [e.className, e.firstElementChild.offsetWidth, e.clientWidth])"""
    assert page.evaluate(cut) == []


def test_a_chart_answers_the_pointer(show: Show) -> None:
    page = show()
    page.locator("#figure-killed .wide svg .mark-symbol.role-mark path").first.hover(force=True)
    text = page.locator("#vg-tooltip-element").inner_text()
    assert "Source" in text
    assert "States" in text


def test_a_number_leads_to_the_claims_behind_it(show: Show) -> None:
    page = show()
    page.locator("#sift input[name=text]").fill("nothing has this word")
    for link, quantity in ((".facts a", ""),
                           (".scroll.estimates a[data-behind=casualties]", "casualties"),
                           (".scroll.estimates a[data-behind=killed]", "killed")):
        page.locator(link).first.click()
        shown = page.locator(".scroll.claims tbody tr:visible")
        told = shown.evaluate_all("rows => rows.map(row => [row.dataset.quantity, "
                                  "row.dataset.status])")
        assert told
        assert {status for _, status in told} == {"used"}
        assert quantity in ("", *(name for name, _ in told))
        assert len({name for name, _ in told}) == 1 or not quantity
    assert page.url.endswith("#claims")

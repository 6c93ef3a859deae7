"""Discord's markdown as the page shows it: each text, and the elements that it becomes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.pages import LOOP, pages_of
from tests.support.playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope=LOOP)

_SHOW = """async (text) => {
  const { parse, render } = await import("/page/markdown.js");
  const names = {
    user: (id) => (id === "1" ? "Ada" : id === "6" ? "<i>Eve</i>" : null),
    channel: (id) => (id === "2" ? "lounge" : null),
    role: (id) => (id === "3" ? "keepers" : null),
    address: (id) => `#/2000/${id}`,
  };
  const outline = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    const inside = [...node.childNodes].map(outline).join("");
    if (node.nodeType !== Node.ELEMENT_NODE) return inside;
    const href = node.getAttribute("href");
    const start = node.getAttribute("start");
    const more = (href ? ` ${href}` : "") + (start && start !== "1" ? ` ${start}` : "");
    const name = node.tagName.toLowerCase();
    const shown = { span: node.className.split(" ")[0], blockquote: "quote" }[name] ?? name;
    return `{${shown}${more}:${inside}}`;
  };
  return outline(render(parse(text), names));
}"""

CASES = [
    # Emphasis
    ("plain", "plain"),
    ("**bold**", "{strong:bold}"),
    ("*it* and _it_", "{em:it} and {em:it}"),
    ("__under__", "{u:under}"),
    ("~~gone~~", "{s:gone}"),
    ("***both***", "{em:{strong:both}}"),
    ("**a *b* c**", "{strong:a {em:b} c}"),
    ("*a **b** c*", "{em:a {strong:b} c}"),
    ("__*a*__ _**b**_", "{u:{em:a}} {em:{strong:b}}"),
    ("**over\ntwo lines**", "{strong:over\ntwo lines}"),
    ("snake_case_name", "snake_case_name"),
    ("2 * 3 * 4", "2 * 3 * 4"),
    ("*open", "*open"),
    ("**open", "**open"),
    ("*a*b*c*", "{em:a}b{em:c}"),
    # Code
    ("`**not bold**`", "{code:**not bold**}"),
    ("``a`b``", "{code:a`b}"),
    ("```py\nx = 1\n\ny = 2\n```", "{pre:{code:x = 1\n\ny = 2}}"),
    ("```one line```", "{pre:{code:one line}}"),
    ("a\n```\nb\n```\nc", "a\n{pre:{code:b}}c"),
    ("```html\n<b onclick=x>&amp;</b>\n```", "{pre:{code:<b onclick=x>&amp;</b>}}"),
    ("`open", "`open"),
    # Spoilers
    ("||dark||", "{spoiler:{spoiler-text:dark}}"),
    ("||**dark** night||", "{spoiler:{spoiler-text:{strong:dark} night}}"),
    ("a || b", "a || b"),
    # Quotes
    ("> one\n> two\nout", "{quote:one\ntwo}out"),
    (">>> all\nof **it**", "{quote:all\nof {strong:it}}"),
    ("a > b", "a > b"),
    (">none", ">none"),
    ("> - a\n> - b", "{quote:{ul:{li:a}{li:b}}}"),
    # Headings and small print
    ("# A\n## B\n### C\n#### D", "{h3:A}{h4:B}{h5:C}#### D"),
    ("#tag", "#tag"),
    ("-# small *print*", "{small:small {em:print}}"),
    ("no # heading", "no # heading"),
    # Lists
    ("- a\n- b", "{ul:{li:a}{li:b}}"),
    ("* a\n  * b\n    * c\n* d", "{ul:{li:a\n{ul:{li:b\n{ul:{li:c}}}}}{li:d}}"),
    ("1. a\n2. b", "{ol:{li:a}{li:b}}"),
    ("5. a\n6. b\nafter", "{ol 5:{li:a}{li:b}}after"),
    ("1. a\n   - b", "{ol:{li:a\n{ul:{li:b}}}}"),
    ("- a\n  more of a", "{ul:{li:a\nmore of a}}"),
    ("-none", "-none"),
    # Links
    (
        "https://a.example/x_y_z?q=1.",
        "{a https://a.example/x_y_z?q=1:https://a.example/x_y_z?q=1}.",
    ),
    ("(https://a.example/b)", "({a https://a.example/b:https://a.example/b})"),
    ("<https://a.example/>", "{a https://a.example/:https://a.example/}"),
    ("[**name**](https://a.example/b)", "{a https://a.example/b:{strong:name}}"),
    ("[n](https://a.example/b_(c))", "{a https://a.example/b_(c):n}"),
    ("[n](<https://a.example/b>)", "{a https://a.example/b:n}"),
    ('[n](https://a.example/b "title")', "{a https://a.example/b:n}"),
    ("[n](mailto:a@a.example)", "[n](mailto:a@a.example)"),
    (
        "[https://good.example](https://evil.example/)",
        (
            "[{a https://good.example/:https://good.example}]"
            "({a https://evil.example/:https://evil.example/})"
        ),
    ),
    # What stands for something
    ("<@1> <@!1> <@9>", "{mention:@Ada} {mention:@Ada} {mention:@unknown-user}"),
    ("<#2> <#9>", "{a #/2000/2:#lounge} {mention:#unknown}"),
    ("<@&3> @everyone", "{mention:@keepers} {mention:@everyone}"),
    ("<:wave:5> <a:wave:5>", "{custom-emoji::wave:} {custom-emoji::wave:}"),
    ("</ask:7>", "{mention:/ask}"),
    ("<t:0:d> <t:0:D>", "{time:01/01/1970} {time:1 January 1970}"),
    ("<t:0:t> <t:0:T>", "{time:00:00} {time:00:00:00}"),
    ("<t:0>", "{time:1 January 1970 at 00:00}"),
    ("<t:9999999999999:R>", "<t:9999999999999:R>"),
    # Escapes
    (r"\*a\* \_b\_ \`c\` \> \|\|d\|\|", "*a* _b_ `c` > ||d||"),
    (r"\\ \a", "\\ \\a"),
    (r"¯\_(ツ)_/¯", r"¯\_(ツ)_/¯"),
    (r"\- a", "- a"),
]

ATTACKS = [
    "<script>window.broken = 1</script>",
    "<img src=x onerror='window.broken = 1'>",
    "**<svg onload=window.broken=1>**",
    "[a](javascript:window.broken=1)",
    "[a](JaVaScRiPt:window.broken=1)",
    "[a](data:text/html,<script>window.broken=1</script>)",
    "[a](vbscript:x)",
    '[a](https://a.example/" onmouseover="window.broken=1)',
    'https://a.example/"onmouseover="window.broken=1',
    '<https://a.example/"><img/src=x/onerror=window.broken=1>>',
    "<@6> said ||<b>||",
    '```"><img src=x onerror=window.broken=1>\nx```',
    '<t:1:R" onclick=window.broken=1>',
    '<:a"><img:1>',
    "&lt;script&gt;window.broken=1&lt;/script&gt;",
]


@pytest_asyncio.fixture(scope="module", loop_scope=LOOP)
async def page(browser: Browser, playground: Playground) -> AsyncIterator[Page]:
    async with pages_of(browser, playground.url) as pages:
        yield await pages.open()


@pytest.mark.parametrize(("text", "expected"), CASES)
async def test_each_text_becomes_what_discord_shows(page: Page, text: str, expected: str) -> None:
    assert await page.evaluate(_SHOW, text) == expected


@pytest.mark.parametrize("text", ATTACKS)
async def test_no_markup_gets_in(page: Page, text: str) -> None:
    found = await page.evaluate(
        """async (text) => {
          const { parse, render } = await import("/page/markdown.js");
          const names = { user: () => "<img src=x onerror=window.broken=1>", channel: () => null,
                          role: () => null, address: () => "#" };
          const box = document.createElement("div");
          box.append(render(parse(text), names));
          document.body.append(box);
          await new Promise((done) => setTimeout(done, 10));
          const all = [...box.querySelectorAll("*")];
          const found = {
            tags: all.map((node) => node.tagName.toLowerCase()),
            attributes: all.flatMap((node) => node.getAttributeNames()),
            schemes: all.filter((node) => node.href).map((node) => new URL(node.href).protocol),
            broken: Boolean(window.broken),
          };
          box.remove();
          return found;
        }""",
        text,
    )
    assert not found["broken"]
    assert set(found["tags"]) <= {"a", "strong", "span", "pre", "code"}
    assert not {name for name in found["attributes"] if name.startswith("on")}
    assert set(found["schemes"]) <= {"https:"}


async def test_deep_and_hostile_markup_is_read_in_no_time(page: Page) -> None:
    slowest = await page.evaluate(
        """async () => {
          const { parse } = await import("/page/markdown.js");
          const texts = ["*", "_", "[", "||", "`", "> ", "- ", "*_", "**a ", "[a](", "~~*", "`a``"];
          return Math.max(...texts.map((piece) => {
            const began = performance.now();
            parse(piece.repeat(4000 / piece.length));
            return performance.now() - began;
          }));
        }"""
    )
    assert slowest < 500


async def test_relative_times_are_in_words(page: Page) -> None:
    text = await page.evaluate("`<t:${Math.round(Date.now() / 1000) - 7200}:R>`")
    assert await page.evaluate(_SHOW, text) == "{time:2 hours ago}"

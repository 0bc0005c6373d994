"""Whatever is typed, and wherever: no path draws a blocked word, or more than a limit allows."""

import asyncio
import re
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.demo.discord.model import Message, Upload
from bot.demo.discord.people import Outcome
from bot.model.preferences import Layer
from bot.model.rules import Feature, Gate, Rules
from cogs.preferring import with_value
from tests.acceptance.test_menus import told
from tests.harness import WAIT, World, easel

WORD = "naked"
MOST_STEPS, MOST_SIDE, MOST_PICTURES = 8, 128, 2
ATTEMPTS = 25


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A server, with what was drawn in it before it had rules."""

    world: World
    style: str
    network: str
    wild: Message
    """Drawn with the style and the network, and too large."""
    plain: Message
    """Only too large."""
    panel: Message
    """The edit panel of ``plain``."""
    foreign: Message
    """``plain`` as somebody's own file."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What somebody types: perhaps with the word, perhaps for too much."""

    text: str
    bad: bool
    steps: int
    side: int
    batch: int


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """The word as a web UI would read it, however it is written."""
    letters = "".join(letter.upper() if draw(st.booleans()) else letter for letter in WORD)
    at = draw(st.integers(1, len(WORD) - 1))
    before, after = letters[:at], letters[at:]
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in letters)
    return draw(
        st.sampled_from(
            [
                letters,
                wide,
                f"{before}\u200b{after}",
                f"{before}\u00ad{after}",
                f"{before}({after}:1.2)",
                f"[{before}]{after}",
                f"{before}\\{after}",
                f"[dog:{letters}:0.5]",
                f"[dog|{before}[{after}|x]]",
                f"dog_{letters}_dog",
                f"{before}<x:y>{after}",
            ]
        )
    )


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    """Half of them with the word."""
    bad = draw(st.booleans())
    text = f"a {draw(spellings())} tree" if bad else draw(st.sampled_from(["a tree", "(a) snake", "x"]))
    return Attempt(
        text=text,
        bad=bad,
        steps=draw(st.sampled_from([1, 8, 9, 100])),
        side=draw(st.sampled_from([64, 128, 136, 256])),
        batch=draw(st.integers(1, 4)),
    )


async def option(scene: Scene, one: Attempt) -> Outcome:
    side, batch = one.side, str(one.batch)
    return await scene.world.draw(one.text, steps=one.steps, batch=batch, width=side, height=side)


async def second_pass(scene: Scene, one: Attempt) -> Outcome:
    more = f"hr_prompt={one.text}, hr_steps={min(one.steps, 50)}"
    return await scene.world.draw("a cat", steps=one.steps, highres_fix="Latent", more=more)


async def alternatives(scene: Scene, one: Attempt) -> Outcome:
    return await scene.world.draw(f"{{{one.text}|{one.text}}}", batch=str(one.batch))


async def preset(scene: Scene, one: Attempt) -> Outcome:
    given = {"name": "large", "prompt": one.text}
    return await scene.world.ben.slash(scene.world.drawing, "preset use", given, timeout=WAIT)


async def dialog(scene: Scene, one: Attempt) -> Outcome:
    ben = scene.world.ben
    asked = (await ben.click(scene.panel, "📝")).modal
    await ben.submit(asked, {"prompt_first": one.text})
    return await ben.click(scene.panel, "🎨")


TYPED = (option, second_pass, alternatives, preset, dialog)
"""Paths that a text takes."""


async def again(scene: Scene, one: Attempt) -> Outcome:
    return await scene.world.chloe.click(scene.plain, "🎲")


async def vary(scene: Scene, one: Attempt) -> Outcome:
    panel = (await scene.world.chloe.click(scene.plain, "More…")).message
    return await scene.world.chloe.click(panel, "Vary a little")


async def redraw(scene: Scene, one: Attempt) -> Outcome:
    panel = await told(scene.world, await scene.world.ben.menu("Redraw", scene.foreign))
    return await scene.world.ben.click(panel, "🎨")


ALLOWED = (again, vary, redraw)
"""Paths that draw what was drawn before, as far as it is allowed now."""


async def style(scene: Scene, one: Attempt) -> Outcome:
    return await scene.world.draw("a cat", styles=scene.style)


async def network(scene: Scene, one: Attempt) -> Outcome:
    return await scene.world.draw("a cat", extra_net=scene.network)


async def inline(scene: Scene, one: Attempt) -> Outcome:
    return await scene.world.draw(f"a cat <lora:{scene.network}:1>")


async def inline_second(scene: Scene, one: Attempt) -> Outcome:
    more = f"hr_prompt=x <lora:{scene.network}:1>"
    return await scene.world.draw("a cat", highres_fix="Latent", more=more)


async def wildcard(scene: Scene, one: Attempt) -> Outcome:
    return await scene.world.draw("a __things__")


async def wild_again(scene: Scene, one: Attempt) -> Outcome:
    return await scene.world.ben.click(scene.wild, "🎲")


async def wild_preset(scene: Scene, one: Attempt) -> Outcome:
    return await scene.world.draw("a cat", preset="wild")


REFUSED = (style, network, inline, inline_second, wildcard, wild_again, wild_preset)
"""Paths that hold what is not wanted themselves."""

Path_ = Callable[[Scene, Attempt], Awaitable[Outcome]]


async def drawn_before(world: World) -> Scene:
    """Everything that was possible, and then the rules."""
    offer, drawing = world.app.services.catalog.offer(), world.drawing
    holding = next(one for one in offer.styles if any(map(str.isalpha, one.prompt.split())))
    large: dict[str, Any] = {"steps": 20, "width": 256, "height": 256}
    network = offer.loras[0].name
    await world.draw("a cat", styles=holding.name, extra_net=network, **large)
    wild = await world.result()
    await world.ben.slash(drawing, "preset save", {"name": "wild"}, timeout=WAIT)
    await world.draw("a cat", styles="none", batch="4", **large)
    plain = await world.result(2)
    await world.ben.slash(drawing, "preset save", {"name": "large"}, timeout=WAIT)
    panel = (await world.ben.click(plain, "🖋️")).message
    foreign = await world.chloe.say(drawing, "look", [Upload("cat.png", plain.attachments[0].data)])
    word = next(one for one in holding.prompt.replace(",", " ").split() if one.isalpha())
    await rule(world, word)
    return Scene(
        world=world,
        style=holding.name,
        network=network,
        wild=wild,
        plain=plain,
        panel=panel,
        foreign=foreign,
    )


async def rule(world: World, word: str) -> None:
    """Two words, no networks, and little of everything."""
    book, guild = world.app.services.preferences, world.discord.guild.id
    rules = Rules(blocked=(WORD, word), features={Feature.EXTRA_NETWORKS: Gate(off=True)})
    await book.put_rules(guild, rules)
    caps = {
        "max_steps": MOST_STEPS,
        "max_width": MOST_SIDE,
        "max_height": MOST_SIDE,
        "max_batch": MOST_PICTURES,
    }
    for name, most in caps.items():
        await book.change(Layer.SERVER, guild, lambda now, n=name, m=most: with_value(now, n, str(m)))  # type: ignore[misc]


async def tried(scene: Scene, path: Path_, one: Attempt) -> None:
    """Refused where it has to be; else drawn within the limits."""
    before = len(scene.world.stand_in.renders)
    outcome = await path(scene, one)
    if path in REFUSED or (path in TYPED and one.bad):
        assert outcome.ephemeral, path
        assert len(scene.world.stand_in.renders) == before
        return
    assert outcome.kind in ("message", "deferred"), path
    assert not outcome.ephemeral, (path, outcome.message.text)
    await scene.world.until(lambda: len(scene.world.stand_in.renders) > before)
    for render in scene.world.stand_in.renders[before:]:
        check(render.payload)


def check(payload: dict[str, Any]) -> None:
    """What a web UI was asked for is allowed."""
    for text in (payload["prompt"], payload.get("hr_prompt", "")):
        plain = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
        assert WORD not in re.sub("[^a-z]", "", plain.casefold())
        assert "<lora" not in text
    assert payload["steps"] <= MOST_STEPS
    assert payload.get("hr_second_pass_steps", 0) <= MOST_STEPS
    assert max(payload["width"], payload["height"]) <= MOST_SIDE
    assert payload["n_iter"] * payload["batch_size"] <= MOST_PICTURES


async def test_no_path_gets_past_a_blocked_word_or_a_limit(tmp_path: Path) -> None:
    lists = tmp_path / "wildcards"
    lists.mkdir()
    (lists / "things.txt").write_text("naked\nNa(ked:1)\n")
    async with easel(tmp_path, EASEL__PROMPTS__WILDCARDS=str(lists)) as world:
        scene, loop = await drawn_before(world), asyncio.get_running_loop()
        for path in (*ALLOWED, *REFUSED):
            await tried(scene, path, Attempt(text="", bad=False, steps=8, side=64, batch=1))

        @settings(
            max_examples=ATTEMPTS,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(st.sampled_from(TYPED), attempts())
        def attempt(path: Path_, one: Attempt) -> None:
            asyncio.run_coroutine_threadsafe(tried(scene, path, one), loop).result(3 * WAIT)

        await asyncio.to_thread(attempt)

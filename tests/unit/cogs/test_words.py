"""What Discord shows of commands is translated; their names are not."""

from pathlib import Path

import discord
from discord import app_commands

from bot.l10n.catalog import Catalog
from cogs.words import MAX_DESCRIPTION, CatalogTranslator, choices, command_words

PO = (
    'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "command.draw"\nmsgstr "{text}"\n'
)


def translator(folder: Path, **texts: str) -> CatalogTranslator:
    for locale, text in texts.items():
        path = folder / f"{locale.replace('_', '-')}.po"
        path.write_text(PO.replace("{text}", text), encoding="utf-8")
    return CatalogTranslator(Catalog.load(folder=folder))


def context() -> app_commands.TranslationContextTypes:
    @app_commands.command(name="draw", description="Draw a picture")
    async def draw(interaction: discord.Interaction) -> None: ...

    return app_commands.TranslationContext(app_commands.TranslationContextLocation.command_description, draw)


async def test_a_description_is_said_in_the_languages_there_are(tmp_path: Path) -> None:
    english = command_words("draw")
    ours = translator(tmp_path, en=english.message, de="Ein Bild malen", es_ES="Dibuja")

    assert await ours.translate(english, discord.Locale.german, context()) == "Ein Bild malen"
    assert await ours.translate(english, discord.Locale.latin_american_spanish, context()) == "Dibuja"
    assert await ours.translate(english, discord.Locale.british_english, context()) is None
    assert await ours.translate(english, discord.Locale.korean, context()) is None


async def test_a_name_stays_as_it_is(tmp_path: Path) -> None:
    ours = translator(tmp_path, en="x", de="y")

    assert await ours.translate(app_commands.locale_str("draw"), discord.Locale.german, context()) is None


async def test_what_discord_would_refuse_for_its_length_stays_english(tmp_path: Path) -> None:
    ours = translator(tmp_path, en="x", de="y" * (MAX_DESCRIPTION + 1))

    assert await ours.translate(command_words("draw"), discord.Locale.german, context()) is None


def test_a_choice_shows_its_text_and_sends_its_value() -> None:
    [board, _, _] = choices("queue.action", ("board", "move_up", "wipe"))

    assert board.value == "board"
    assert board.name.startswith("board: ")

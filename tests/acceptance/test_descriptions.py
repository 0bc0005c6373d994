"""What is to be seen in a picture comes as a message that mentions who asked, also after a restart."""

from pathlib import Path

from bot.demo.discord.model import Message
from bot.model.work import Describe, DescribeModel, Origin, Request
from tests.acceptance.pictures import upload
from tests.harness import World, easel


async def ask(world: World, *models: DescribeModel) -> Message:
    """The message with what the models say of a blue picture."""
    services = world.app.services
    source = await services.inputs.put(upload("blue").data)
    origin = Origin(guild_id=world.discord.world.guild.id, channel_id=world.drawing.id, user_id=world.ben.id)
    before = len(world.bot_messages())
    await services.queue.submit(Request(work=Describe(input=source, models=models)), origin)
    await world.until(lambda: len(world.bot_messages()) > before)
    return world.bot_messages()[-1]


async def test_a_description_is_a_message_that_mentions_who_asked(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        message = await ask(world, "clip", "deepdanbooru")
        assert message.pinged == {world.ben.id}
        assert "deep blue" in message.text
        assert "CLIP" in message.text
        assert "DeepDanbooru" in message.text
        await world.ben.click(message, "❌")
        await world.until(lambda: message.deleted)

"""Permissions: computed as Discord's documentation describes."""

from hypothesis import given
from hypothesis import strategies as st

from bot.demo.discord import permissions
from bot.demo.discord.model import Channel, Guild, Member, Overwrite, Role, User
from bot.demo.discord.permissions import Permission
from bot.demo.discord.world import World

GUILD, ROLE, OTHER_ROLE, OWNER, SOMEBODY = 1, 2, 3, 10, 11
VIEW, SEND = Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES
BITS = st.integers(0, (1 << 40) - 1)


def a_guild(everyone: int = 0, role: int = 0) -> Guild:
    """A server with an owner and somebody who has one role."""
    roles = {
        GUILD: Role(GUILD, "@everyone", everyone, 0),
        ROLE: Role(ROLE, "role", role, 1),
        OTHER_ROLE: Role(OTHER_ROLE, "other", 0, 2),
    }
    members = {
        OWNER: Member(User(OWNER, "owner", "Owner"), [], 0.0),
        SOMEBODY: Member(User(SOMEBODY, "some", "Some"), [ROLE], 0.0),
    }
    return Guild(GUILD, "guild", OWNER, roles, members, 0.0)


def a_channel(guild: Guild, *overwrites: Overwrite) -> Channel:
    """A text channel."""
    return Channel(100, 0, "c", guild, overwrites={one.id: one for one in overwrites})


def of_somebody(channel: Channel) -> int:
    """What the plain member may do there."""
    assert channel.guild is not None
    return permissions.in_channel(channel, channel.guild.members[SOMEBODY])


@given(BITS, BITS)
def test_a_member_has_what_everyone_and_their_roles_have(everyone: int, role: int) -> None:
    without_admin = ~Permission.ADMINISTRATOR
    guild = a_guild(everyone & without_admin, role & without_admin)
    assert permissions.of_member(guild, guild.members[SOMEBODY]) == (everyone | role) & without_admin


@given(BITS, BITS)
def test_the_owner_may_do_everything_whatever_is_denied(everyone: int, denied: int) -> None:
    guild = a_guild(everyone)
    channel = a_channel(guild, Overwrite(GUILD, 0, deny=denied), Overwrite(OWNER, 1, deny=denied))
    assert permissions.in_channel(channel, guild.members[OWNER]) == permissions.ALL


@given(BITS)
def test_an_administrator_may_do_everything_whatever_is_denied(denied: int) -> None:
    guild = a_guild(role=Permission.ADMINISTRATOR)
    assert of_somebody(a_channel(guild, Overwrite(ROLE, 0, deny=denied))) == permissions.ALL


def test_without_view_channel_nothing_is_left() -> None:
    guild = a_guild(VIEW | SEND)
    assert of_somebody(a_channel(guild, Overwrite(GUILD, 0, deny=VIEW))) == 0


def test_what_a_role_allows_beats_what_everyone_is_denied() -> None:
    guild = a_guild(VIEW)
    channel = a_channel(guild, Overwrite(GUILD, 0, deny=SEND), Overwrite(ROLE, 0, allow=SEND))
    assert of_somebody(channel) == VIEW | SEND


def test_what_one_role_allows_beats_what_another_denies() -> None:
    guild = a_guild(VIEW)
    guild.members[SOMEBODY].roles.append(OTHER_ROLE)
    channel = a_channel(guild, Overwrite(ROLE, 0, deny=SEND), Overwrite(OTHER_ROLE, 0, allow=SEND))
    assert of_somebody(channel) == VIEW | SEND


def test_what_a_member_is_denied_beats_what_their_role_allows() -> None:
    guild = a_guild(VIEW)
    channel = a_channel(guild, Overwrite(ROLE, 0, allow=SEND), Overwrite(SOMEBODY, 1, deny=SEND))
    assert of_somebody(channel) == VIEW


def test_overwrites_of_a_role_that_the_member_lacks_do_not_count() -> None:
    guild = a_guild(VIEW)
    assert of_somebody(a_channel(guild, Overwrite(OTHER_ROLE, 0, deny=VIEW))) == VIEW


def test_a_thread_has_its_parents_overwrites() -> None:
    parent = a_channel(a_guild(VIEW | SEND), Overwrite(GUILD, 0, deny=SEND))
    thread = Channel(101, 11, "t", parent.guild, parent=parent)
    assert of_somebody(thread) == VIEW


def test_in_the_default_server_the_bot_sees_no_bots_and_may_not_write_there() -> None:
    world = World()
    bits = world.allowed(world.channel_named("no-bots"), world.bot)
    assert bits & VIEW
    assert not bits & SEND


def test_in_the_default_server_only_the_moderator_may_delete_others_messages() -> None:
    world = World()
    drawing = world.channel_named("drawing")
    may = {name: world.allowed(drawing, world.person(name)) for name in ("ada", "ben", "chloe")}
    assert [name for name, bits in may.items() if bits & Permission.MANAGE_MESSAGES] == ["ada"]
    assert not world.allowed(drawing, world.bot) & Permission.MANAGE_MESSAGES


def test_somebody_elses_direct_messages_are_closed() -> None:
    world = World()
    channel = world.direct_channel(world.person("ben"))
    assert world.allowed(channel, world.person("ben"))
    assert world.allowed(channel, world.bot)
    assert not world.allowed(channel, world.person("chloe"))

"""Names that people type, found among what the web UIs offer.

Everything here works from memory. While no web UI has answered yet, names are taken as typed, and the back
end that gets the job checks them.
"""

from collections.abc import Callable, Iterable, Sequence

from bot.backends.catalog import Offer
from bot.backends.models import ModelList
from bot.errors import UnknownName
from bot.model.families import Family
from bot.model.prompts import says_nothing, split_list, split_weight
from bot.model.work import ExtraNetwork, Recipe
from bot.webui.names import (
    AUTOMATIC,
    find_name,
    match_name,
    match_sampler,
    match_scheduler,
    match_style,
    nearest,
)
from bot.webui.wire import Checkpoint
from config.sections import RecipeTable

MAX_NAME = 200
"""Characters of a name that nobody could check."""


class Naming:
    """Every way to name something in a request."""

    def __init__(self, offer: Offer, models: ModelList, recipes: Iterable[RecipeTable]) -> None:
        self._offer = offer
        self._models = models
        self._recipes = {table.name: table for table in recipes}

    def checkpoint(self, given: str) -> Checkpoint:
        """Raises UnknownName."""
        checkpoints = self._offer.checkpoints
        if not checkpoints and not self._offer.known:
            return Checkpoint(title=_short(given), model_name=_short(given))
        return self._models.match(given, checkpoints)

    def vae(self, given: str) -> str:
        """ "None" is explicitly no VAE. Raises UnknownName."""
        if says_nothing(given):
            return "None"
        names = [AUTOMATIC, "None", *self._offer.vaes]
        return self._known(given, self._offer.vaes, lambda: match_name("vae", given, names))

    def sampler(self, given: str, scheduler: str | None, usual_scheduler: str) -> tuple[str, str]:
        """A trailing scheduler of the sampler counts unless one was typed by itself. Raises UnknownName."""
        samplers, schedulers = self._offer.samplers, self._offer.schedulers
        if not samplers:
            return _short(given), _short(scheduler or usual_scheduler)
        choice = match_sampler(given, samplers, schedulers)
        wanted = scheduler or choice.scheduler or usual_scheduler
        return choice.sampler, self._known(wanted, schedulers, lambda: match_scheduler(wanted, schedulers))

    def styles(self, given: str | None) -> tuple[str, ...]:
        """Raises UnknownName, BadValue."""
        if given is None or says_nothing(given):
            return ()
        whole = any(style.name == given for style in self._offer.styles)
        names = (given,) if whole else split_list("styles", given)
        return tuple(dict.fromkeys(self._style(name) for name in names))

    def _style(self, name: str) -> str:
        styles = self._offer.styles
        return self._known(name, styles, lambda: match_style(name, styles))

    def networks(self, given: str | None, usual_weight: float) -> tuple[ExtraNetwork, ...]:
        """``name:0.8, name``; of one that is named twice the last counts. Raises UnknownName, BadValue."""
        if given is None or says_nothing(given):
            return ()
        merged: dict[tuple[str, str], ExtraNetwork] = {}
        for item in split_list("extra_net", given):
            name, weight = split_weight("extra_net", item, usual_weight)
            network = self._network(name, weight)
            merged[network.kind, network.name] = network
        return tuple(merged.values())

    def _network(self, name: str, weight: float) -> ExtraNetwork:
        offer = self._offer
        if not offer.known:
            return ExtraNetwork(kind="lora", name=_short(name), weight=weight)
        loras = [lora.name for lora in offer.loras]
        aliases = {lora.alias: lora.name for lora in offer.loras if lora.alias}
        if (found := find_name(name, [*loras, *aliases])) is not None:
            return ExtraNetwork(kind="lora", name=aliases.get(found, found), weight=weight)
        if (found := find_name(name, offer.hypernetworks)) is not None:
            return ExtraNetwork(kind="hypernet", name=found, weight=weight)
        if (found := find_name(name, offer.embeddings)) is not None:
            return ExtraNetwork(kind="embedding", name=found, weight=weight)
        everything = [*loras, *offer.hypernetworks, *offer.embeddings]
        raise UnknownName("extra_network", _short(name), nearest(name, everything))

    def face_restorer(self, given: str) -> str | Recipe:
        """A face restorer of the web UI, or the host's recipe for it. Raises UnknownName."""
        recipes = [table.name for table in self.offered_recipes(facefix=True)]
        if (found := find_name(given, recipes)) is not None:
            return self._recipe(found)
        restorers = self._offer.face_restorers
        names = [*restorers, *recipes]
        return self._known(given, restorers, lambda: match_name("face_restorer", given, names))

    def recipes(self, given: str | None) -> tuple[Recipe, ...]:
        """The host's recipes, several with "+" between them. Raises UnknownName."""
        if given is None or says_nothing(given):
            return ()
        offered = [table.name for table in self.offered_recipes()]
        names = [match_name("recipe", name, offered) for name in given.split("+")]
        return tuple(self._recipe(name) for name in dict.fromkeys(names))

    def offered_recipes(self, *, facefix: bool | None = None) -> tuple[RecipeTable, ...]:
        """Those whose scripts some web UI lists. ``facefix``: only those that are, or are not, for faces."""
        listed = {name.casefold() for name in self._offer.scripts}
        return tuple(
            table
            for table in self._recipes.values()
            if facefix in (None, table.facefix)
            and (not self._offer.known or all(name.casefold() in listed for name in table.scripts))
        )

    def upscaler(self, given: str) -> str:
        """Of the second pass. Raises UnknownName."""
        upscalers = [name for name in self._offer.highres_upscalers if not says_nothing(name)]
        return self._known(given, upscalers, lambda: match_name("upscaler", given, upscalers))

    def is_latent(self, upscaler: str) -> bool:
        """Whether it enlarges before decoding, which wants more strength."""
        return upscaler in self._offer.latent_upscale_modes or upscaler.startswith("Latent")

    def lora_family(self, name: str) -> Family | None:
        """What a LoRA was trained for, by name or alias; None = its file does not say."""
        found = (lora.family for lora in self._offer.loras if name in (lora.name, lora.alias))
        return next(found, None)

    def _recipe(self, name: str) -> Recipe:
        return Recipe(name=name, scripts=self._recipes[name].scripts)

    def _known(self, given: str, names: Sequence[object], match: Callable[[], str]) -> str:
        """``match()``, or what was typed while no web UI has said what there is."""
        return match() if names or self._offer.known else _short(given)


def _short(text: str) -> str:
    return text.strip()[:MAX_NAME]

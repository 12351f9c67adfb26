"""Constants of a generated function, each under a name that no user's variable has.

names.name(np.tanh)     "_ad_0", under which the text finds it
"""

from __future__ import annotations


class Names:
    """What a generated function finds among its globals."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self._known: dict[int, str] = {}

    def name(self, value: object) -> str:
        """The name under which generated text finds `value`."""
        if id(value) not in self._known:
            self._known[id(value)] = name = f"_ad_{len(self.values)}"
            self.values[name] = value
        return self._known[id(value)]

"""What admins see of the emails that others get."""

from __future__ import annotations

from dataclasses import dataclass, replace

from adapters.delivery.email.rendering import render_text
from core.notifications.model import MessageText
from core.notifications.ports import MessageTexts
from core.shared.messages import Message

HIDDEN_SECRET = "only-the-recipient-gets-this"  # noqa: S105 - what is shown instead of a secret


@dataclass(frozen=True, slots=True)
class EmailTexts(MessageTexts):
    """The texts of emails, with links that begin with `public_url` and work for nobody."""

    public_url: str

    def render(self, message: Message) -> MessageText:
        return render_text(replace(message, secret=HIDDEN_SECRET), self.public_url)

"""Small permits of somebody without a device, at a counter or a kiosk: what is chosen, what is signed, how it is read back."""

from typing import Any

from django import forms

from alcaldia.kernel.canonical import digest
from alcaldia.vault import actions, purposes
from alcaldia.vault.rules import catalogue, offices
from alcaldia.vault.rules.decision import ASSISTED_FIELDS
from alcaldia.vault.rules.grant import SHOW, Send
from alcaldia.web.components.purposes import purpose_choices


class SmallPermitForm(forms.Form):
    """For which case, what for and what; whose and for which office the page knows."""

    case = forms.CharField(label="Folio del expediente", max_length=80)
    purpose = forms.ChoiceField(label="Para qué", choices=purpose_choices)
    what = forms.MultipleChoiceField(
        label="Qué se necesita ver", choices=sorted(catalogue.LABELS.items()), widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def clean_what(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["what"]
        if len(chosen) > ASSISTED_FIELDS:
            raise forms.ValidationError(f"Así se dan a lo más {ASSISTED_FIELDS} datos. Quite alguno.")
        return chosen


def drafted(*, person: str, office: str, chosen: dict[str, Any], uses: int) -> Send:
    """The bundle to be signed: one permit of a day."""
    permit = actions.ask(
        person=person, fields=chosen["what"], purpose=chosen["purpose"], case=chosen["case"],
        office=office, mode=SHOW, days=1, max_uses=uses,
    )  # fmt: skip
    return Send(digest({"permit": permit.nonce}), (permit,))


def facts(send: Send) -> dict[str, Any]:
    """What both read before it is given, and on its receipt."""
    [permit] = send.grants
    return {
        "office": offices.name(permit.office), "fields": [catalogue.label_in_group(one) for one in permit.fields],
        "purpose": purposes.name(permit.purpose), "number": permit.case, "until": permit.not_after, "uses": permit.max_uses,
    }  # fmt: skip

from django import forms

from .models import Note


class NoteForm(forms.ModelForm):
    class Meta:
        model = Note
        fields = ["text", "picture"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"picture": "Optional."}

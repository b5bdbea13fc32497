from django.core.cache import cache
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from .forms import NoteForm
from .models import Note

SHOWN = 50  # the page does not grow without end


@require_http_methods(["GET", "HEAD", "POST"])
def index(request):
    if request.method == "POST":
        form = NoteForm(request.POST, request.FILES)
        if form.is_valid():
            form.save()
            cache.delete("note-count")
            return redirect("notes:index")
    else:
        form = NoteForm()

    context = {
        "form": form,
        "notes": list(Note.objects.all()[:SHOWN]),
        "count": cache.get_or_set("note-count", Note.objects.count, timeout=60),
    }
    return render(request, "notes/index.html", context)

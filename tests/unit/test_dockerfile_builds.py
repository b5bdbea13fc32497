"""What an image has inside its sources that a mount of the sources would hide."""

from __future__ import annotations

import time

import pytest

from devkit.dockerfile import parse


@pytest.mark.parametrize(
    ("run", "builds_in_place"),
    [
        ("RUN npm ci --omit=dev", True),
        ("RUN yarn", True),
        ("RUN yarn install --frozen-lockfile && yarn build", True),
        ("RUN <<EOF\nset -e\npnpm install\nEOF", True),
        ("RUN composer install", True),
        ("RUN uv sync --frozen", True),
        ("RUN python -m venv .venv", True),
        ("RUN go build -o server .", True),
        ("RUN cd x; mvn package", True),
        ("WORKDIR /srv/front\nRUN npm install", True),
        ("RUN npm install -g serve", False),
        ("RUN python -m venv /opt/venv", False),
        ("RUN pip install -r requirements.txt", False),
        ("RUN apt-get install -y npm yarn", False),
        ("RUN python manage.py collectstatic --noinput", False),
        ("WORKDIR /front\nRUN npm ci", False),
        ("WORKDIR /srv2\nRUN npm ci", False),
        ("RUN yarn --frozen-lockfile", True),
        ("RUN --mount=type=cache,target=/root/.yarn yarn", True),
        ("RUN yarn --version", False),
        ("RUN yarn cache clean", False),
        ('RUN ["npm", "ci"]', True),
        ("RUN <<EOF\nnpm \\\n  ci\nEOF", True),
        ("RUN npm install -g pnpm && pnpm install", True),
        ("RUN cd /tmp && npm install x", False),
        ("RUN cd $UNKNOWN && npm ci", True),
        ("RUN pnpm build:assets", True),
        ("RUN SECRET_KEY_BASE_DUMMY=1 ./bin/rails assets:precompile", True),
        ("RUN bundle exec rake assets:precompile", True),
        ("RUN php bin/console asset-map:compile", True),
        ("RUN python -m venv $UNKNOWN", True),
        ("RUN VENV=/opt/venv && python -m venv $VENV", False),
        ("RUN pip install virtualenv flask", False),
        ("RUN UV_PROJECT_ENVIRONMENT=/opt/venv uv sync", False),
        ("RUN bundle install", False),
    ],
)
def test_what_a_mount_would_hide(run: str, *, builds_in_place: bool) -> None:
    found = parse(f"FROM python\nWORKDIR /srv\nCOPY . .\n{run}\n")
    assert found.builds_in_place is builds_in_place
    assert found.source_folder == (None if builds_in_place else "/srv")


@pytest.mark.parametrize(
    ("run", "folders", "mountable"),
    [
        ("npm ci", ("/srv/node_modules",), "/srv"),
        ("npm ci --omit=dev", ("/srv/node_modules",), "/srv"),
        ("yarn install && npm i", ("/srv/node_modules",), "/srv"),
        ("composer install --no-dev", ("/srv/vendor",), "/srv"),
        ("bundle install --path vendor/bundle", ("/srv/vendor",), "/srv"),
        ("npm ci && npm run build", ("/srv/node_modules",), None),
        ("npm install -g pnpm", (), "/srv"),
        ("python -m venv ~/venv", (), "/srv"),
        ("cd ~ && npm install pm2", (), "/srv"),
        ('python -m venv "$(pwd)/x"', (), None),
        ("apk add --no-cache py3-pip virtualenv git", (), "/srv"),
        ("python -m venv --help", (), "/srv"),
        ("bundle config unset deployment && bundle install", (), "/srv"),
        ("bundle config set --local deployment false && bundle install", (), "/srv"),
        ("uv sync", ("/srv/.venv",), "/srv"),
        ("pip install x", (), "/srv"),
        ("npm clean-install", ("/srv/node_modules",), "/srv"),
        ("npm --loglevel=error ci", ("/srv/node_modules",), "/srv"),
        ("npm --loglevel error ci", ("/srv/node_modules",), "/srv"),
        ("pnpm --frozen-lockfile install", ("/srv/node_modules",), "/srv"),
        ("yarn && yarn build", ("/srv/node_modules",), None),
        ("npm --prefix front ci", ("/srv/front/node_modules",), "/srv"),
        ("cd front && npm ci", ("/srv/front/node_modules",), "/srv"),
        ("(cd a && npm ci) && npm ci", ("/srv/a/node_modules", "/srv/node_modules"), "/srv"),
        ('cd "$(cat place)" && npm ci', (), None),
        ("cd /tmp && make && cd - && npm ci", (), None),
        ("composer --no-dev install", ("/srv/vendor",), "/srv"),
        ("composer -d api install", ("/srv/api/vendor",), "/srv"),
        ("BUNDLE_DEPLOYMENT=1 bundle", ("/srv/vendor",), "/srv"),
        ("BUNDLE_DEPLOYMENT=1 BUNDLE_PATH=/gems bundle install", (), "/srv"),
        ("poetry install", (), "/srv"),
        ("POETRY_VIRTUALENVS_IN_PROJECT=1 poetry install", ("/srv/.venv",), "/srv"),
        ("POETRY_VIRTUALENVS_IN_PROJECT=false poetry install", (), "/srv"),
        ("export POETRY_VIRTUALENVS_IN_PROJECT=true; poetry sync", ("/srv/.venv",), "/srv"),
        ("poetry config virtualenvs.in-project true && poetry sync", ("/srv/.venv",), "/srv"),
        ("pipenv sync", (), "/srv"),
        ("PIPENV_VENV_IN_PROJECT=1 pipenv install --deploy", ("/srv/.venv",), "/srv"),
        ("PIPENV_VENV_IN_PROJECT=1 pipenv install --system", (), "/srv"),
        ("pdm sync --prod", ("/srv/.venv",), "/srv"),
        ("PDM_USE_VENV=0 pdm install", ("/srv/__pypackages__",), "/srv"),
        ("pdm install --global", (), "/srv"),
        ("uv venv && uv pip install x", ("/srv/.venv",), "/srv"),
        ("python -m venv --prompt shop env > /dev/null", ("/srv/env",), "/srv"),
        ("python -m venv /srv", (), None),
    ],
)
def test_what_a_mount_can_leave_to_the_image(
    run: str, folders: tuple[str, ...], mountable: str | None
) -> None:
    found = parse(f"FROM x\nWORKDIR /srv\nCOPY . .\nRUN {run}")
    assert found.dependency_folders == folders
    assert found.mountable == mountable


@pytest.mark.parametrize(
    ("before", "folders"),
    [
        ("ENV POETRY_VIRTUALENVS_IN_PROJECT=1", ("/srv/.venv",)),
        ("ARG POETRY_VIRTUALENVS_IN_PROJECT=1", ("/srv/.venv",)),
        ("ENV POETRY_VIRTUALENVS_IN_PROJECT=0", ()),
        ("ENV POETRY_VIRTUALENVS_IN_PROJECT=1 POETRY_VIRTUALENVS_CREATE=false", ()),
        ("ENV POETRY_VIRTUALENVS_IN_PROJECT=1 VIRTUAL_ENV=/opt/venv", ()),
        ("RUN poetry config --local virtualenvs.in-project true", ("/srv/.venv",)),
        ("RUN poetry config virtualenvs.path /x", ()),
    ],
)
def test_what_an_installer_was_told_before(before: str, folders: tuple[str, ...]) -> None:
    found = parse(f"FROM x\nWORKDIR /srv\n{before}\nRUN poetry install\nCOPY . .")
    assert found.dependency_folders == folders
    assert found.builds_in_place is bool(folders)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    ("copy", "folders", "mountable"),
    [
        ("COPY --from=deps /app/node_modules ./node_modules", ("/srv/node_modules",), "/srv"),
        ("COPY --from=deps --chown=1:1 /app/vendor/ vendor/", ("/srv/vendor",), "/srv"),
        ("COPY --from=deps /app/.venv /srv/.venv", ("/srv/.venv",), "/srv"),
        ("COPY --from=deps /app/packages packages", ("/srv/packages",), "/srv"),
        ("COPY --from=0 /app/packages packages", ("/srv/packages",), "/srv"),
        ("COPY --from=node:20 /app/packages packages", (), None),
        ("COPY --from=deps /app/public/build public/build", (), None),
        ("COPY --from=deps /app/node_modules ./", (), None),
        ("COPY --from=deps /app .", ("/srv/packages",), None),
        ("COPY --from=deps /app/server /usr/local/bin/", (), "/srv"),
        ("COPY --from=deps /app/node_modules /srv2/node_modules", (), "/srv"),
        ("COPY --from=deps /tini /", (), "/srv"),
        ("COPY --from=deps /tmp/requirements.txt /srv/requirements.txt", (), "/srv"),
        ("COPY --from=deps /app/package.json /app/package-lock.json ./", (), "/srv"),
        ("COPY --from=deps /wheels ./wheels", (), "/srv"),
        ("COPY --from=deps /app $UNKNOWN", (), "/srv"),
    ],
)
def test_what_comes_from_another_stage(
    copy: str, folders: tuple[str, ...], mountable: str | None, *, is_first: bool
) -> None:
    steps = "\n".join((copy, "COPY . .") if is_first else ("COPY . .", copy))
    stage = "FROM x AS deps\nWORKDIR /app\nRUN python -m venv packages\n"
    found = parse(f"{stage}FROM x\nWORKDIR /srv\n{steps}\n")
    assert found.dependency_folders == folders
    assert found.mountable == mountable
    assert found.builds_in_place is (bool(folders) or mountable is None)


def test_packages_of_another_stage_below_a_folder_that_is_copied_as_it_is() -> None:
    found = parse(
        "FROM x AS deps\nWORKDIR /opt/app\nRUN npm ci\n"
        "FROM x\nCOPY --from=deps /opt /opt\nCOPY . /opt/app\n"
    )
    assert found.dependency_folders == ("/opt/app/node_modules",)
    assert found.mountable == "/opt/app"


def test_many_stages_that_copy_all_of_each_other_are_read_in_a_moment() -> None:
    stages = ["FROM x AS s0\nRUN npm ci\n"]
    stages += [f"FROM a AS s{n}\nCOPY --from=s{n - 1} / /x{n}\nRUN npm ci\n" for n in range(1, 300)]
    began = time.process_time()
    parse("".join(stages))
    assert time.process_time() - began < 3


def test_a_variable_that_doubles_itself_ends() -> None:
    parse("FROM x\nRUN " + "A=x$A$A; " * 200)

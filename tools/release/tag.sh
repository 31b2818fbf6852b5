#!/usr/bin/env bash
# tag.sh v1.2.3 sha256:... commits action.yml pinned to the digest on top of the
# checkout, and pushes that commit under the version's tag and the moving ones.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
version=$1 digest=$2

tags=$(go run ./tools/release tags "$version")
go run ./tools/release pin "$digest" < action.yml > action.yml.pinned
mv action.yml.pinned action.yml

git -c user.name=github-actions -c "user.email=41898282+github-actions[bot]@users.noreply.github.com" \
  commit -q -m "Pin the image of $version" -- action.yml
refs=()
for tag in $tags; do refs+=("+HEAD:refs/tags/v$tag"); done
git push --atomic origin "${refs[@]}"

#!/bin/sh
# Makes a local stand-in for the Dockerfile's base image, under the same name, where no registry can be reached:
# a minimal Debian bookworm with its own Python 3.11. Needs root, buildah, debootstrap and a Debian mirror.
# For trying the Dockerfile out; what is published is built on the real base.
set -eu
mirror=${1:-http://deb.debian.org/debian}
name=$(sed -n 's/^ARG BASE=//p' "$(dirname "$0")/../Dockerfile")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates bookworm "$root" "$mirror" >/dev/null
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root"/usr/share/man/* \
  "$root"/usr/share/locale/* "$root"/usr/lib/python3*/EXTERNALLY-MANAGED
container=$(buildah from scratch)
buildah add -q "$container" "$root" / >/dev/null
buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --cmd python3 "$container"
buildah commit -q --format docker "$container" "$name" >/dev/null
buildah rm "$container" >/dev/null
echo "$name"

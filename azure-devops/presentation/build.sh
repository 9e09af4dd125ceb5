#!/usr/bin/env bash
# Renders the slides to PowerPoint and PDF.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: azure-devops/presentation/build.sh --out DIR

Writes DIR/claims.pptx and DIR/claims.pdf. Needs pandoc, LibreOffice Impress,
rsvg-convert and python3.

Example:
  azure-devops/presentation/build.sh --out build
TEXT
}

# shellcheck source=azure-devops/steps/lib.sh
source "$(dirname "$0")/../steps/lib.sh"

out=''
parse "$@" -- out
needs out
here=$(cd "$(dirname "$0")" && pwd)
minutes=$(sed -n 's/^\([0-9.]*\) min\..*/\1/p' "$here/slides.md" | awk '{sum += $1} END {print sum + 0}')
awk -v minutes="$minutes" 'BEGIN {exit !(minutes >= 15 && minutes <= 25)}' \
  || fail "the notes add up to $minutes minutes; the talk takes 15 to 25"
for program in pandoc soffice rsvg-convert python3; do
  command -v "$program" >/dev/null || fail "$program is not here; apt-get install pandoc libreoffice-impress librsvg2-bin"
done
mkdir -p "$out"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# PowerPoint shows no SVG everywhere.
for picture in "$here"/*.svg; do
  rsvg-convert --width 1800 --output "$scratch/$(basename "$picture" .svg).png" "$picture"
done
sed 's/\.svg)/.png)/' "$here/slides.md" >"$scratch/slides.md"
pandoc --print-default-data-file reference.pptx >"$scratch/plain.pptx"
python3 "$here/theme.py" "$scratch/plain.pptx" "$scratch/reference.pptx"
(cd "$scratch" && pandoc slides.md --to pptx --slide-level 2 --reference-doc reference.pptx --output claims.pptx)
cp "$scratch/claims.pptx" "$out/"
# A profile of its own: a running LibreOffice would answer in place of this one.
soffice "-env:UserInstallation=file://$scratch/profile" --headless --convert-to pdf --outdir "$out" "$out/claims.pptx" >/dev/null
echo "$out/claims.pptx, $out/claims.pdf: $minutes minutes"

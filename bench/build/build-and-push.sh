#!/bin/sh
# One service after the other, built and pushed by the builder itself: what a team's own script does, with buildctl in the
# place of docker. Arguments: registry, tag, folder of the sources, what stands for the base, then name:Dockerfile pairs.
set -eu
registry=$1 tag=$2 source=$3 base=$4
shift 4
for service in "$@"; do
  name=${service%%:*} dockerfile=${service#*:}
  buildctl build --progress=plain --frontend=dockerfile.v0 \
    --local="context=$source" --local="dockerfile=$source/$(dirname "$dockerfile")" \
    --opt=platform=linux/amd64,linux/arm64 --opt=build-arg:SOURCE_DATE_EPOCH=315532800 \
    --opt="context:python:3.11-slim=docker-image://$base" \
    --output="type=image,name=$registry/$name:$tag,push=true,oci-mediatypes=true,rewrite-timestamp=true"
done

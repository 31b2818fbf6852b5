# What GitHub builds for `uses: ./`, from source. A release has action.yml name a
# finished image of Dockerfile.release by its digest instead; both have the same files.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
COPY tools/roots/go.mod tools/roots/go.sum tools/roots/
RUN go mod download && go -C tools/roots mod download
COPY . .
ARG VERSION=dev
RUN make root ROOT=/image ARCH="$(go env GOARCH)" VERSION="${VERSION}"

# GitHub's runner starts the entry point as root, in a work directory that it
# mounts itself: the image sets neither.
FROM scratch
COPY --from=build /image/ /
ENTRYPOINT ["/nthlayer", "ci"]

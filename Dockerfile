# The build needs no cgo. timetzdata puts the time zones of deployment gates into
# the binary, because the image below has no files but the ones copied here.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags timetzdata \
    -ldflags "-s -w -X main.version=${VERSION}" -o /nthlayer ./cmd/action

# GitLab's runner pipes the job's script to a shell: docker build --target gitlab.
FROM alpine:3.22.1 AS gitlab
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /nthlayer /usr/local/bin/nthlayer

# GitHub's runner starts the entry point as root, in a work directory that it
# mounts itself.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /nthlayer /nthlayer
ENTRYPOINT ["/nthlayer", "ci"]

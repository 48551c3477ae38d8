# The image of `make image`, for those who build with Docker or Podman: docker build --build-arg VERSION=0.1.0 --tag flyball .
# For both platforms: docker buildx build --platform linux/amd64,linux/arm64 .
# `make image` needs no daemon, and gives one digest for each commit.
# The tag has the version of Go of go.mod; a test compares them.
FROM --platform=$BUILDPLATFORM docker.io/library/golang:1.26.7 AS build
WORKDIR /source
COPY go.mod go.sum ./
RUN go mod download
COPY autoscaler autoscaler
COPY metricsadapter metricsadapter
COPY sim sim
COPY cmd cmd
ARG TARGETOS TARGETARCH VERSION=0.1.0 REVISION=
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -tags timetzdata \
  -ldflags "-s -w -buildid= -X k8s.io/component-base/version.gitVersion=v$VERSION -X k8s.io/component-base/version.gitCommit=$REVISION" \
  -o /programs/ ./cmd/autoscaler ./cmd/metricsadapter
RUN printf 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin\n' >/passwd && printf 'nonroot:x:65532:\n' >/group

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /passwd /group /etc/
COPY --from=build /programs/autoscaler /programs/metricsadapter /
ARG VERSION=0.1.0 REVISION=
LABEL org.opencontainers.image.title=flyball \
  org.opencontainers.image.licenses=Apache-2.0 \
  org.opencontainers.image.version=$VERSION \
  org.opencontainers.image.revision=$REVISION
USER 65532:65532
ENTRYPOINT ["/autoscaler"]

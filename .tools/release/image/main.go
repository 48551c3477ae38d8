// Command image builds the container image of Flyball without a container daemon: it compiles the programs, adds the CA certificates
// that they need, and writes archives that containerd, Docker, Podman and skopeo load. The same commit and the same version of Go
// give the same digest on every machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"flyball.dev/flyball/tools/release/licenses"
)

type options struct {
	repository, version, source, output, platforms, binaries string
}

func main() {
	var o options
	flag.StringVar(&o.repository, "repository", "flyball.dev/flyball", "name of the image, without a tag")
	flag.StringVar(&o.version, "version", "", "version of the programs and tag of the image; the default is appVersion of the chart")
	flag.StringVar(&o.source, "source", ".", "folder of the repository")
	flag.StringVar(&o.output, "output", ".bin/image", "folder for the archives, the SBOM and the digest")
	flag.StringVar(&o.platforms, "platforms", "linux/amd64,linux/arm64", "platforms of the image, separated by commas")
	flag.StringVar(&o.binaries, "binaries", "", "folder of programs that are compiled already, for one platform, as tests use it; -source then gives only the version")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// run compiles the programs for each platform, and writes the image and its SBOM.
func run(ctx context.Context, o options) error {
	platforms, err := parsePlatforms(o.platforms)
	if err != nil {
		return err
	}
	revision, err := readRevision(ctx, o.source, o.version)
	if err != nil {
		return err
	}
	tag, err := name.NewTag(o.repository+":"+revision.version, name.StrictValidation)
	if err != nil {
		return fmt.Errorf("-repository: Invalid value: %q: %w", o.repository, err)
	}
	if err := os.MkdirAll(o.output, 0o755); err != nil {
		return err
	}
	modules, err := licenses.Linked(ctx, o.source, packages()...)
	if err != nil {
		return err
	}
	c := contents{tag: tag, revision: revision, modules: modules}
	if o.binaries != "" {
		if len(platforms) != 1 {
			return fmt.Errorf("-platforms: Invalid value: %q: must be the platform of -binaries", o.platforms)
		}
		return c.write(o.output, []build{{folder: o.binaries, platform: platforms[0], revision: revision}})
	}
	var builds []build
	for _, p := range platforms {
		fmt.Printf("building %s for %s\n", strings.Join(programs, " and "), p)
		b := build{source: o.source, folder: filepath.Join(o.output, p.OS+"-"+p.Architecture), platform: p, revision: revision}
		if err := b.compile(ctx); err != nil {
			return err
		}
		builds = append(builds, b)
	}
	return c.write(o.output, builds)
}

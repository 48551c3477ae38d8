package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// programs are those of the image, in the order of its layers. The command line, flyball, runs on the machines of its users.
var programs = []string{"autoscaler", "metricsadapter"}

// packages are those of the programs.
func packages() []string {
	var paths []string
	for _, program := range programs {
		paths = append(paths, "./cmd/"+program)
	}
	return paths
}

// supported platforms, with the settings that fix the instructions that the compiler may use, whatever the environment has.
var supported = map[string]string{"linux/amd64": "GOAMD64=v1", "linux/arm64": "GOARM64=v8.0"}

func parsePlatforms(text string) ([]v1.Platform, error) {
	var platforms []v1.Platform
	for field := range strings.SplitSeq(text, ",") {
		if supported[field] == "" {
			return nil, fmt.Errorf("-platforms: Invalid value: %q: must be linux/amd64, linux/arm64 or both", field)
		}
		operatingSystem, architecture, _ := strings.Cut(field, "/")
		platforms = append(platforms, v1.Platform{OS: operatingSystem, Architecture: architecture})
	}
	slices.SortFunc(platforms, func(a, b v1.Platform) int { return strings.Compare(a.Architecture, b.Architecture) })
	return slices.CompactFunc(platforms, func(a, b v1.Platform) bool { return a.Equals(b) }), nil
}

// build is the compilation of all programs for one platform.
type build struct {
	// source is the folder of the module, folder that of the binaries.
	source, folder string
	platform       v1.Platform
	revision       revision
}

// compile writes static binaries that hold nothing of this machine: no paths, no time of the build, and no identifier of the
// linker. Time zones are compiled in. They are set here and not by import, because the metrics adapter reads none but TZ.
func (b build) compile(ctx context.Context) error {
	folder, err := filepath.Abs(b.folder)
	if err != nil {
		return err
	}
	args := []string{
		"build", "-trimpath", "-buildvcs=false", "-tags", "timetzdata", "-ldflags", b.linkerFlags(), "-o", folder + string(filepath.Separator),
	}
	command := exec.CommandContext(ctx, "go", append(args, packages()...)...)
	command.Dir = b.source
	command.Env = append(os.Environ(),
		"CGO_ENABLED=0", "GOOS="+b.platform.OS, "GOARCH="+b.platform.Architecture, supported[b.platform.String()],
		"GOFLAGS=", "GOEXPERIMENT=", "GOWORK=off", "GOFIPS140=off")
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("go build for %s: %w", b.platform, err)
	}
	return nil
}

// linkerFlags set the version that --version, /metrics and the user agent show.
func (b build) linkerFlags() string {
	state := "clean"
	if b.revision.dirty {
		state = "dirty"
	}
	flags := []string{"-s", "-w", "-buildid="}
	for _, variable := range []struct{ name, value string }{
		{"k8s.io/component-base/version.gitVersion", "v" + b.revision.version},
		{"k8s.io/component-base/version.gitCommit", b.revision.commit},
		{"k8s.io/component-base/version.gitTreeState", state},
		{"k8s.io/component-base/version.buildDate", b.revision.created.Format(time.RFC3339)},
		{"github.com/prometheus/common/version.Version", b.revision.version},
		{"github.com/prometheus/common/version.Revision", b.revision.commit},
	} {
		flags = append(flags, "-X", variable.name+"="+variable.value)
	}
	return strings.Join(flags, " ")
}

// binary is the path of a program.
func (b build) binary(program string) string { return filepath.Join(b.folder, program) }

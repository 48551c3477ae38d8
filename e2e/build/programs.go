package build

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Folder is the default folder of the binaries, relative to the root of the module e2e.
const Folder = ".bin"

// set is what one go build makes: programs of one module, with the same flags.
type set struct {
	// dir is the module's root: the product is built by the product's own requirements, never by those of e2e.
	dir string
	// flags always hold -s -w: debug information is a third of the linker's work.
	flags    []string
	packages []string
	// name of the binary, where one program is built that is not called as its package is.
	name string
}

// prometheusTags leave out every service discovery but the file's: the others bring the clients of a dozen clouds.
const prometheusTags = "-tags=remove_all_sd,enable_file_sd"

// sets are the programs of the module e2e at root, and the product's. version is that of k8s.io/kubernetes, which its
// programs report as their own; overlay is the flag that gives the autoscaler another clock.
func sets(root, version, overlay string, realNode bool) []set {
	control := set{
		dir:   root,
		flags: []string{prometheusTags, "-ldflags=-s -w " + stamp(version)},
		packages: []string{
			"./cmd/controlplane",
			"./cmd/load",
			"./cmd/scale",
			"./cmd/up",
			"github.com/prometheus/prometheus/cmd/prometheus",
			"github.com/prometheus/prometheus/cmd/promtool",
			"k8s.io/kubernetes/cmd/kubectl",
			"sigs.k8s.io/kwok/cmd/kwok",
		},
	}
	if realNode {
		control.packages = append(control.packages, "helm.sh/helm/v3/cmd/helm", "k8s.io/kubernetes/cmd/kubelet", "./cmd/burner", "./cmd/enclosure", "./cmd/pause")
	}
	product := set{dir: filepath.Dir(root), flags: []string{"-ldflags=-s -w"}, packages: []string{"./cmd/autoscaler", "./cmd/metricsadapter", "./cmd/flyball"}}
	shifted := set{dir: product.dir, flags: append([]string{overlay}, product.flags...), packages: []string{"./cmd/autoscaler"}, name: Shifted}
	return []set{control, product, shifted}
}

// stamp gives a Kubernetes program its version, as the release build does.
func stamp(version string) string {
	const variables = "k8s.io/component-base/version."
	major, minor, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ = strings.Cut(minor, ".")
	return fmt.Sprintf("-X %[1]sgitVersion=%[2]s -X %[1]sgitMajor=%[3]s -X %[1]sgitMinor=%[4]s", variables, version, major, minor)
}

// Root is the folder of the module e2e, found from a working folder inside it.
func Root(ctx context.Context) (string, error) {
	root, err := module(ctx, "", "flyball.dev/flyball/e2e", "{{.Dir}}")
	if err != nil {
		return "", fmt.Errorf("finding the module e2e, which works only inside its folder: %w", err)
	}
	return root, nil
}

// module asks Go about a module that the one in dir uses.
func module(ctx context.Context, dir, path, format string) (string, error) {
	command := exec.CommandContext(ctx, "go", "list", "-m", "-f", format, path)
	command.Dir = dir
	out, err := command.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("go list -m %s: %w: %s", path, err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}

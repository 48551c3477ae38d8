package build

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Folder is where binaries go unless told otherwise, relative to the root of the module e2e.
const Folder = ".bin"

// set is what one go build makes: programs of one module, with the same flags.
type set struct {
	// dir is the module's root: the product is built by the product's own requirements, never by those of e2e.
	dir      string
	flags    []string
	packages []string
}

// flags of every build. Without cgo the binaries need no C compiler, and the images of the real node no C library.
// Debug information is left out of the binaries: it is a third of the linker's work.
var flags = []string{"-ldflags=-s -w"}

// prometheusTags leave out every service discovery but the file's: the others bring the clients of a dozen clouds.
const prometheusTags = "-tags=remove_all_sd,enable_file_sd"

func sets(root string, realNode bool) []set {
	control := set{
		dir:   root,
		flags: append([]string{prometheusTags}, flags...),
		packages: []string{
			"./cmd/controlplane",
			"./cmd/load",
			"./cmd/up",
			"github.com/prometheus/prometheus/cmd/prometheus",
			"k8s.io/kubernetes/cmd/kubectl",
			"sigs.k8s.io/kwok/cmd/kwok",
		},
	}
	if realNode {
		control.packages = append(control.packages, "k8s.io/kubernetes/cmd/kubelet", "./cmd/burner", "./cmd/enclosure", "./cmd/pause")
	}
	product := set{dir: filepath.Dir(root), flags: flags, packages: []string{"./cmd/autoscaler", "./cmd/metricsadapter"}}
	return []set{control, product}
}

// Root is the folder of the module e2e, found from a working folder inside it.
func Root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "flyball.dev/flyball/e2e").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module flyball.dev/flyball/e2e: run this inside the folder e2e: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

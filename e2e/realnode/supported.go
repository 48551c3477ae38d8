package realnode

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Packages are the Debian packages that a real node needs.
var Packages = []string{"containerd", "runc", "containernetworking-plugins"}

// cniFolders are where the distributions put the CNI plugins.
var cniFolders = []string{"/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"}

// Supported says in a sentence why no real node can run on this machine, or returns nothing when one can.
func Supported() (reason string) {
	if runtime.GOOS != "linux" {
		return "a real node needs Linux; this is " + runtime.GOOS
	}
	if os.Geteuid() != 0 {
		return "a real node needs root: it makes namespaces, mounts and control groups"
	}
	for _, program := range []string{"containerd", "ctr", "runc"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Sprintf("a real node needs %s in the PATH; on Debian: apt-get install -y --no-install-recommends %s", program, strings.Join(Packages, " "))
		}
	}
	if _, err := cniFolder(); err != nil {
		return err.Error()
	}
	if filesystems, err := os.ReadFile("/proc/filesystems"); err != nil || !strings.Contains(string(filesystems), "\toverlay\n") {
		return "a real node needs overlayfs, which /proc/filesystems does not list"
	}
	if _, err := findHierarchies(); err != nil {
		return err.Error()
	}
	return ""
}

func cniFolder() (string, error) {
	for _, folder := range cniFolders {
		if _, err := os.Stat(folder + "/bridge"); err == nil {
			return folder, nil
		}
	}
	return "", fmt.Errorf("a real node needs the CNI plugin bridge in one of %s; on Debian: apt-get install -y containernetworking-plugins", strings.Join(cniFolders, ", "))
}

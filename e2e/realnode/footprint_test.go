package realnode_test

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// traces are names of things on a machine, with their kind.
type traces map[string]bool

// without are the traces that others does not have, sorted.
func (f traces) without(others traces) []string {
	var left []string
	for name := range f {
		if !others[name] {
			left = append(left, name)
		}
	}
	slices.Sort(left)
	return left
}

// footprint looks at everything that a node could leave on a machine.
func footprint(t *testing.T) traces {
	t.Helper()
	all := traces{}
	for kind, names := range map[string]traces{
		"process":           daemons(t),
		"mount":             lines(t, "/proc/self/mounts"),
		"control group":     groups(t),
		"network interface": interfaces(t),
		"route":             lines(t, "/proc/net/route"),
		"kernel setting":    settings(),
		"file":              strayFiles(),
	} {
		for name := range names {
			all[kind+" "+name] = true
		}
	}
	return all
}

// daemons are the processes of container runtimes, kubelets and our own containers.
func daemons(t *testing.T) traces {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		t.Fatal(err)
	}
	found := traces{}
	for _, path := range names {
		content, _ := os.ReadFile(path)
		for _, daemon := range []string{"containerd", "runc", "kubelet", "enclosure", "pause", "burner", "ctr"} {
			if name := strings.TrimSpace(string(content)); strings.HasPrefix(name, daemon) && !strings.HasSuffix(name, ".test") {
				found[name+" as "+filepath.Dir(path)] = true
			}
		}
	}
	return found
}

// groups are the control groups at the roots of the trees and one level below.
func groups(t *testing.T) traces {
	t.Helper()
	found := traces{}
	for _, pattern := range []string{"/sys/fs/cgroup/*", "/sys/fs/cgroup/*/*"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if info, err := os.Stat(name); err == nil && info.IsDir() {
				found[name] = true
			}
		}
	}
	return found
}

func interfaces(t *testing.T) traces {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	found := traces{}
	for _, one := range all {
		found[one.Name] = true
	}
	return found
}

// settings are the kernel settings that a kubelet or a CNI plugin changes on an ordinary machine.
func settings() traces {
	found := traces{}
	for _, name := range []string{
		"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys",
		"kernel/keys/root_maxbytes", "net/ipv4/ip_forward", "net/ipv4/conf/all/route_localnet",
	} {
		if content, err := os.ReadFile("/proc/sys/" + name); err == nil {
			found[name+" = "+strings.TrimSpace(string(content))] = true
		}
	}
	return found
}

// strayFiles are those below the folders that container runtimes, kubelets and CNI plugins usually write to.
func strayFiles() traces {
	found := traces{}
	for _, root := range []string{
		"/var/lib/kubelet", "/var/lib/containerd", "/var/lib/cni", "/run/containerd", "/run/netns", "/run/runc", "/var/log/pods",
		"/var/log/containers", "/etc/cni", "/opt/containerd", "/usr/libexec/kubernetes", "/etc/kubernetes", "/dev/shm",
	} {
		_ = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				found[path] = true
			}
			return nil
		})
	}
	return found
}

func lines(t *testing.T, path string) traces {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := traces{}
	for line := range strings.Lines(string(content)) {
		found[strings.TrimSpace(line)] = true
	}
	return found
}

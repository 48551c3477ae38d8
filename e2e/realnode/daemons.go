package realnode

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"flyball.dev/flyball/e2e/realnode/enclosure"
)

// containerdSocket is where containerd listens inside the enclosure: cAdvisor looks for it at its usual place only.
const containerdSocket = "/run/containerd/containerd.sock"

// tunables are kernel settings of the whole machine that a kubelet sets when they differ from what it wants. It is shown
// files instead that already say what it wants.
var tunables = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// writeEnclosure describes the daemons and the world that they are shown.
func (n *Node) writeEnclosure() error {
	spec := &enclosure.Spec{Mounts: n.privateFolders()}
	// What the daemons read lies in the cluster's folder and that of the binaries, so these must stay in sight.
	for _, path := range []string{n.dir, n.options.Binaries} {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		if mount, hidden := spec.Hides(absolute); hidden {
			return fmt.Errorf("%s lies in %s, which the real node has for itself; keep it elsewhere (TMPDIR moves a cluster)", absolute, mount.To)
		}
	}
	shields, err := n.shieldTunables()
	if err != nil {
		return err
	}
	spec.Mounts = append(spec.Mounts, shields...)
	if spec.Programs, err = n.programs(); err != nil {
		return err
	}
	return spec.Write(n.files.enclosure)
}

// privateFolders hide the folders where the daemons keep things under fixed names.
func (n *Node) privateFolders() []enclosure.Mount {
	return []enclosure.Mount{
		{From: filepath.Join(n.dir, "run"), To: "/run"},
		{From: filepath.Join(n.dir, "var-lib"), To: "/var/lib"},
		{From: filepath.Join(n.dir, "var-log"), To: "/var/log"},
	}
}

func (n *Node) shieldTunables() ([]enclosure.Mount, error) {
	var mounts []enclosure.Mount
	for _, name := range slices.Sorted(maps.Keys(tunables)) {
		from, to := filepath.Join(n.dir, "tunables", name), filepath.Join("/proc/sys", name)
		if _, err := os.Stat(to); err != nil {
			continue // this kernel does not have it, so no program can change it
		}
		if err := os.MkdirAll(filepath.Dir(from), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(from, []byte(tunables[name]), 0o644); err != nil {
			return nil, err
		}
		mounts = append(mounts, enclosure.Mount{From: from, To: to})
	}
	return mounts, nil
}

// programs are the daemons in the order of their start, with the images loaded in between.
func (n *Node) programs() ([]enclosure.Program, error) {
	containerd, err := exec.LookPath("containerd")
	if err != nil {
		return nil, err
	}
	ctr, err := exec.LookPath("ctr")
	if err != nil {
		return nil, err
	}
	programs := []enclosure.Program{{
		Name: "containerd", Args: []string{containerd, "--config", n.files.containerd}, Log: n.log("containerd"),
		Socket: containerdSocket,
		// The pods' network is made by what containerd runs, so it ends up in here and not on the machine.
		OwnNetwork: true,
		Link:       n.link(),
	}}
	for _, image := range n.files.images {
		programs = append(programs, enclosure.Program{
			Name: "ctr images import", Args: []string{ctr, "--namespace", "k8s.io", "images", "import", image}, Log: n.log("images"), Step: true,
		})
	}
	return append(programs, enclosure.Program{Name: "kubelet", Args: n.kubeletArgs(), Log: n.log("kubelet")}), nil
}

func (n *Node) kubeletArgs() []string {
	return []string{
		filepath.Join(n.options.Binaries, "kubelet"),
		"--config=" + n.files.kubelet,
		"--kubeconfig=" + n.files.kubeconfig,
		"--hostname-override=" + n.Name,
		// It then leaves the node's address alone, which register sets.
		"--cloud-provider=external",
		"--housekeeping-interval=" + n.options.Housekeeping.String(),
	}
}

func (n *Node) log(name string) string { return filepath.Join(n.dir, name+".log") }

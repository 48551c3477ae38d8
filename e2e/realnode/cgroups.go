package realnode

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// groupPrefix is the name of a node's control group up to the process id of its owner.
const groupPrefix = "flyball-realnode-"

// groupName is the name of the control group of this process's node. It is one for a process, as is its node.
func groupName() string { return groupPrefix + strconv.Itoa(os.Getpid()) }

// hierarchies are the mounted control group trees: with cgroup v1 one for each set of controllers, and maybe a v2 tree
// without controllers beside them; with cgroup v2 one.
type hierarchies struct {
	mounts []string
	v2     bool // the only tree is a v2 tree
}

// findHierarchies reads the mount table and refuses a machine whose CPU and memory cannot be accounted for each container.
func findHierarchies() (hierarchies, error) {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return hierarchies{}, err
	}
	found := parseHierarchies(string(table))
	if len(found.mounts) == 0 {
		return hierarchies{}, errors.New("a real node needs control groups, and none are mounted below /sys/fs/cgroup")
	}
	if found.v2 {
		return found, nil
	}
	for _, controller := range []string{"cpu", "cpuacct", "memory", "pids"} {
		if _, err := os.Stat(filepath.Join("/sys/fs/cgroup", controller)); err != nil {
			return hierarchies{}, fmt.Errorf("a real node needs the control group controller %s: %w", controller, err)
		}
	}
	return found, nil
}

// parseHierarchies picks the control group mounts out of a mountinfo table: the fifth field is the mount point, and the
// file system type follows a lone dash.
func parseHierarchies(table string) hierarchies {
	var found hierarchies
	v1 := false
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		dash := slices.Index(fields, "-")
		if dash < 0 || dash+1 >= len(fields) || len(fields) < 5 || !strings.HasPrefix(fields[4], "/sys/fs/cgroup") {
			continue
		}
		switch fields[dash+1] {
		case "cgroup":
			v1 = true
			found.mounts = append(found.mounts, fields[4])
		case "cgroup2":
			found.mounts = append(found.mounts, fields[4])
		}
	}
	found.v2 = !v1 && len(found.mounts) > 0
	return found
}

// create makes a group of this name at the root of every tree, for the kubelet to put its own below.
func (h hierarchies) create(name string) error {
	for _, mount := range h.mounts {
		if h.v2 {
			// A controller must be switched on in the parent before a group has it.
			if err := os.WriteFile(filepath.Join(mount, "cgroup.subtree_control"), []byte("+cpu +cpuset +memory +pids"), 0o644); err != nil {
				return fmt.Errorf("control groups: %w", err)
			}
		}
		group := filepath.Join(mount, name)
		if err := os.MkdirAll(group, 0o755); err != nil {
			return fmt.Errorf("control groups: %w", err)
		}
		if err := prefer(group); err != nil {
			return fmt.Errorf("control groups: %w", err)
		}
	}
	return nil
}

// prefer gives a group's processes sixteen times the usual share of a CPU that others want too. The machine's other
// processes compete one by one with the group as a whole, and its containers would burn what a busy machine leaves
// them and not what they are asked to.
func prefer(group string) error {
	for file, share := range map[string]string{"cpu.shares": "16384", "cpu.weight": "1600"} { // cgroup v1 and v2
		path := filepath.Join(group, file)
		if _, err := os.Stat(path); err != nil {
			continue // not in this tree
		}
		if err := os.WriteFile(path, []byte(share), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// remove takes the groups of this name away from every tree. Their processes have ended, but the kernel may still be
// busy with them, so it tries until ctx is done.
func (h hierarchies) remove(ctx context.Context, name string) error {
	for {
		var failures []error
		for _, mount := range h.mounts {
			if err := removeGroup(filepath.Join(mount, name)); err != nil {
				failures = append(failures, err)
			}
		}
		if len(failures) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("control groups: %w", errors.Join(failures...))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// removeAbandoned removes the groups whose owner died without doing so.
func (h hierarchies) removeAbandoned() {
	for _, mount := range h.mounts {
		found, _ := filepath.Glob(filepath.Join(mount, groupPrefix+"*"))
		for _, group := range found {
			pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(group), groupPrefix))
			if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
				_ = removeGroup(group)
			}
		}
	}
}

// removeGroup removes a group from the leaves up. Its files are the kernel's and go with it.
func removeGroup(root string) error {
	var groups []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && entry.IsDir() {
			groups = append(groups, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, group := range slices.Backward(groups) {
		if err := os.Remove(group); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

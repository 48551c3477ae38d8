package realnode

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	rootMount    = "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
	v1CPUMount   = "31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
	v1MemMount   = "32 30 0:28 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
	hybridMount  = "33 30 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
	v2Mount      = "34 22 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
	foreignMount = "35 22 0:31 / /srv/jail/cgroup rw - cgroup2 cgroup2 rw\n"
)

func TestHierarchiesAreFoundInTheMountTable(t *testing.T) {
	for _, test := range []struct {
		name, table string
		want        hierarchies
	}{
		{"none", rootMount, hierarchies{}},
		{"v1", rootMount + v1CPUMount + v1MemMount, hierarchies{mounts: []string{"/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/memory"}}},
		{"v1 with a v2 tree beside it", v1CPUMount + hybridMount, hierarchies{mounts: []string{"/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/unified"}}},
		{"v2", rootMount + v2Mount, hierarchies{mounts: []string{"/sys/fs/cgroup"}, v2: true}},
		{"somebody's own, elsewhere", rootMount + foreignMount, hierarchies{}},
		{"not a mount table", "no dash here\n - \n", hierarchies{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, parseHierarchies(test.table), cmp.AllowUnexported(hierarchies{})); diff != "" {
				t.Errorf("hierarchies (-want +got):\n%s", diff)
			}
		})
	}
}

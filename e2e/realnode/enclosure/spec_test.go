package enclosure

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAMountHidesWhatLiesBelowIt(t *testing.T) {
	spec := &Spec{Mounts: []Mount{{From: "/tmp/run", To: "/run"}, {From: "/tmp/lib", To: "/var/lib"}}}
	for path, want := range map[string]string{
		"/run":             "/run",
		"/run/user/0/work": "/run",
		"/var/lib/cluster": "/var/lib",
		"/running":         "",
		"/var/library":     "",
		"/var":             "",
		"/tmp/run":         "",
	} {
		mount, hidden := spec.Hides(path)
		if mount.To != want || hidden != (want != "") {
			t.Errorf("Hides(%s) = %q, %v; want %q", path, mount.To, hidden, want)
		}
	}
}

func TestASpecSurvivesItsFile(t *testing.T) {
	want := &Spec{
		Mounts:   []Mount{{From: "/tmp/run", To: "/run"}},
		Programs: []Program{{Name: "daemon", Args: []string{"/bin/daemon", "--flag"}, Log: "/tmp/log", Socket: "/run/socket", OwnNetwork: true}, {Name: "step", Step: true}},
	}
	path := filepath.Join(t.TempDir(), "spec.json")
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
}

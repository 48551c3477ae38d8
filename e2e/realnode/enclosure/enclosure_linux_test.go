package enclosure

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reasonFile is the variable that makes this binary the first process of an enclosure. It names the file for Inner's error.
const reasonFile = "FLYBALL_TEST_REASON"

func TestMain(m *testing.M) {
	reason := os.Getenv(reasonFile)
	if reason == "" {
		os.Exit(m.Run())
	}
	spec, err := Read(os.Args[1])
	if err == nil {
		err = Inner(spec)
	}
	_ = os.WriteFile(reason, []byte(err.Error()), 0o600)
	os.Exit(1)
}

// The daemon leaves its session and its parent, and would outlive both on a machine.
func TestTheEndOfAProgramEndsAllThatRanAndAllThatWasMounted(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "shown", "file"), "from the machine")
	write(t, filepath.Join(dir, "hidden", "file"), "hidden")
	script := fmt.Sprintf(`
cd %[1]s
cat hidden/file > seen
setsid sh -c 'mount -t tmpfs inside mounted && cat /proc/net/dev > devices && cat /proc/net/fib_trie > addresses && echo $$ > daemon; exec sleep 86399' &
while ! [ -s daemon ]; do sleep 0.05; done
exit 7`, dir)
	if err := os.Mkdir(filepath.Join(dir, "mounted"), 0o755); err != nil {
		t.Fatal(err)
	}
	reason := enclose(t, &Spec{
		Mounts: []Mount{{From: filepath.Join(dir, "shown"), To: filepath.Join(dir, "hidden")}},
		Programs: []Program{
			{Name: "first", Args: []string{"/bin/true"}, Log: filepath.Join(dir, "log"), Step: true},
			{Name: "main", Args: []string{"/bin/sh", "-c", script}, Log: filepath.Join(dir, "log"), OwnNetwork: true},
		},
	})
	if want := "main ended (exit status 7); its log is " + filepath.Join(dir, "log"); reason != want {
		t.Errorf("the enclosure ended because %q, want %q\n%s", reason, want, read(t, filepath.Join(dir, "log")))
	}
	if got := read(t, filepath.Join(dir, "seen")); got != "from the machine" {
		t.Errorf("the program saw %q in place of the hidden file", got)
	}
	if devices := read(t, filepath.Join(dir, "devices")); strings.Count(devices, ":") != 1 || !strings.Contains(devices, "lo:") {
		t.Errorf("the program's own network holds\n%s\nwant loopback alone", devices)
	}
	if addresses := read(t, filepath.Join(dir, "addresses")); !strings.Contains(addresses, "127.0.0.1") {
		t.Errorf("loopback is not up in the program's own network; its addresses are\n%s", addresses)
	}
	if mounts := read(t, "/proc/self/mounts"); strings.Contains(mounts, dir) {
		t.Errorf("a mount was left behind: %s", mounts)
	}
	if left := running(t, "sleep 86399"); len(left) > 0 {
		t.Errorf("processes left behind: %v", left)
	}
}

func TestAStepThatFailsEndsTheEnclosure(t *testing.T) {
	dir := t.TempDir()
	reason := enclose(t, &Spec{Programs: []Program{
		{Name: "step", Args: []string{"/bin/false"}, Log: filepath.Join(dir, "log"), Step: true},
		{Name: "main", Args: []string{"/bin/sh", "-c", "echo started"}, Log: filepath.Join(dir, "log")},
	}})
	if !strings.HasPrefix(reason, "step ended (exit status 1)") {
		t.Errorf("the enclosure ended because %q, want the step's failure", reason)
	}
	if got := read(t, filepath.Join(dir, "log")); got != "" {
		t.Errorf("the next program ran and wrote %q", got)
	}
}

// enclose runs a spec to its end and returns the reason.
func enclose(t *testing.T, spec *Spec) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it makes namespaces")
	}
	path, reason := filepath.Join(t.TempDir(), "spec.json"), filepath.Join(t.TempDir(), "reason")
	if err := spec.Write(path); err != nil {
		t.Fatal(err)
	}
	t.Setenv(reasonFile, reason)
	if err := Outer([]string{"/proc/self/exe", path}); err == nil {
		t.Error("the enclosure ended without an error")
	}
	return read(t, reason)
}

// running are the processes of this machine with these words in their command line.
func running(t *testing.T, words string) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range paths {
		content, _ := os.ReadFile(path) // it may have ended since
		if line := strings.ReplaceAll(string(content), "\x00", " "); strings.HasPrefix(line, words) {
			found = append(found, path+" "+line)
		}
	}
	return found
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

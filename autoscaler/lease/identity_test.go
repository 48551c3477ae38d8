package lease

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// holderFile is the variable of the environment that makes this test program a process that keeps an identity.
const holderFile = "LEASE_TEST_IDENTITY_FILE"

func TestMain(m *testing.M) {
	path := os.Getenv(holderFile)
	if path == "" {
		os.Exit(m.Run())
	}
	fmt.Println(KeepIdentity(path, "pod_", "pod_"+os.Getenv("LEASE_TEST_FRESH")))
	_, _ = os.Stdin.Read(make([]byte, 1)) // until it is killed
}

// holder is another process with the file, which runs until the test kills it. It returns what KeepIdentity returned there.
func holder(t *testing.T, path, fresh string) (kept string, kill func()) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), holderFile+"="+path, "LEASE_TEST_FRESH="+fresh)
	if _, err := command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	kept, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(kept), func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
	}
}

// TestARestartedProcessKeepsItsIdentity, and one beside it never has the same.
func TestARestartedProcessKeepsItsIdentity(t *testing.T) {
	path := filepath.Join(t.TempDir(), "identity")
	first, kill := holder(t, path, "1")
	if first != "pod_1 <nil>" {
		t.Fatalf("the first process has the identity %q", first)
	}
	beside, killBeside := holder(t, path, "2")
	if !strings.HasPrefix(beside, "pod_2 locking ") || !strings.HasSuffix(beside, errLocked.Error()) {
		t.Errorf("a process beside it has the identity %q, want its own", beside)
	}
	kill()
	again, kill := holder(t, path, "3")
	if again != "pod_1 <nil>" {
		t.Errorf("after the first was killed, the next process has the identity %q", again)
	}
	killBeside()
	kill()
}

func TestAnIdentityIsTakenFromItsOwnPodOnly(t *testing.T) {
	for name, stored := range map[string]string{"another pod": "other_1", "cut in its write": "pod_", "empty": "", "long": "pod_" + strings.Repeat("1", 1000)} {
		path := filepath.Join(t.TempDir(), "identity")
		if err := os.WriteFile(path, []byte(stored), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := KeepIdentity(path, "pod_", "pod_2"); got != "pod_2" || err != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if text, err := os.ReadFile(path); string(text) != "pod_2" || err != nil {
			t.Errorf("%s: the file has %q, %v", name, text, err)
		}
	}
}

func TestAFileThatCannotBeUsedLeavesTheFreshIdentity(t *testing.T) {
	got, err := KeepIdentity(filepath.Join(t.TempDir(), "missing", "identity"), "pod_", "pod_2")
	if got != "pod_2" || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %q, %v", got, err)
	}
}

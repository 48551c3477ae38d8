package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/audit"
)

// scaleWrite is a write of the autoscaler to the scale of a Deployment, as the API server logged it.
type scaleWrite struct {
	// time is when the API server answered, and code the answer.
	time time.Time
	code int
	name string
	// replicas and version are those of the request.
	replicas int32
	version  string
	// writer is the credential, of which each process has its own, and user the account.
	writer string
	user   string
}

// scaleWrites returns the writes to the scales of the Deployments of the story, failed ones, too, in the order of their answers.
func (s *story) scaleWrites() (writes []scaleWrite) {
	s.t.Helper()
	logged, err := audit.ScaleWrites(s.audit, s.namespace)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, w := range logged {
		writes = append(writes, scaleWrite{
			time: w.Time, code: w.Code, name: w.Name, replicas: w.Replicas, version: w.Version, writer: w.Writer, user: w.User,
		})
	}
	return writes
}

// kill is the end of a process that had no time to end its requests.
type kill struct {
	writer string
	time   time.Time
}

// isCutOffBy reports whether the kill explains that a write has no answer. The API server logs the end of a connection late where it is
// busy.
func (w *scaleWrite) isCutOffBy(k kill) bool {
	return w.writer == k.writer && w.time.After(k.time.Add(-time.Second)) && w.time.Before(k.time.Add(10*time.Second))
}

// faultsOf returns what is wrong with writes of replica counts that only rise: one without a precondition, one that repeats a decision,
// and writers that change more often than shards have other holders. A write on a version that the Deployment's controller has changed
// since is refused, and that of a process that is killed before the answer has none, which the API server logs as 504; neither is a fault.
func faultsOf(writes []scaleWrite, kills []kill) (faults []string) {
	holders := 2 * len(kills) // the writer changes when one is killed, and when the one that starts beside takes a share
	last, changes := map[string]scaleWrite{}, map[string]int{}
	for _, w := range writes {
		before, found := last[w.name]
		switch {
		case w.version == "":
			faults = append(faults, fmt.Sprintf("%s: a write of %d replicas has no precondition", w.name, w.replicas))
		case w.code == http.StatusConflict || w.code == http.StatusGatewayTimeout && slices.ContainsFunc(kills, w.isCutOffBy):
			continue
		case w.code != http.StatusOK:
			faults = append(faults, fmt.Sprintf("%s: the API server answered a write of %d replicas with %d", w.name, w.replicas, w.code))
		case found && w.replicas <= before.replicas:
			faults = append(faults, fmt.Sprintf("%s: %d replicas were written after %d", w.name, w.replicas, before.replicas))
		case found && w.writer != before.writer:
			if changes[w.name]++; changes[w.name] > holders {
				faults = append(faults, fmt.Sprintf("%s: the writer changed %d times", w.name, changes[w.name]))
			}
		}
		last[w.name] = w
	}
	return faults
}

// TestFaultsOfScaleWritesAreFound needs no cluster: it checks the witness.
func TestFaultsOfScaleWritesAreFound(t *testing.T) {
	write := func(writer string, replicas int32) scaleWrite {
		return scaleWrite{code: http.StatusOK, name: "web", replicas: replicas, version: "1", writer: writer}
	}
	killed := kill{"a", time.Unix(1000, 0)}
	unanswered := func(writer string, answered time.Time) scaleWrite {
		w := write(writer, 5)
		w.code, w.time = http.StatusGatewayTimeout, answered
		return w
	}
	refused, blind, failed := write("b", 2), write("a", 5), write("a", 5)
	refused.code, blind.version, failed.code = http.StatusConflict, "", http.StatusInternalServerError
	for name, tc := range map[string]struct {
		writes []scaleWrite
		want   string
	}{
		"one writer after another": {[]scaleWrite{write("a", 2), write("a", 3), refused, write("b", 4)}, ""},
		"two writers":              {[]scaleWrite{write("a", 2), write("b", 3), write("a", 4), write("b", 5)}, "web: the writer changed 3 times"},
		"a repeated decision":      {[]scaleWrite{write("a", 2), write("b", 2)}, "web: 2 replicas were written after 2"},
		"an outdated decision":     {[]scaleWrite{write("a", 3), write("b", 2)}, "web: 2 replicas were written after 3"},
		"no precondition":          {[]scaleWrite{blind}, "web: a write of 5 replicas has no precondition"},
		"a failure":                {[]scaleWrite{failed}, "web: the API server answered a write of 5 replicas with 500"},
		"killed before an answer":  {[]scaleWrite{unanswered("a", killed.time.Add(time.Second))}, ""},
		"no answer, of another":    {[]scaleWrite{unanswered("b", killed.time.Add(time.Second))}, "web: the API server answered a write of 5 replicas with 504"},
		"no answer, before":        {[]scaleWrite{unanswered("a", killed.time.Add(-time.Minute))}, "web: the API server answered a write of 5 replicas with 504"},
	} {
		if got := strings.Join(faultsOf(tc.writes, []kill{killed}), "; "); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

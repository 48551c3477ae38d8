package adapterfaults

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/testcluster"
)

// poll is how often the adapter looks at its rules.
const poll = 5 * time.Second

func TestARuleFileThatBreaksOnReload(t *testing.T) {
	testcluster.Skip(t)
	good, err := os.ReadFile(rulesFile())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { writeRules(t, string(good)) })
	reloadFails := func(want float64) {
		t.Helper()
		began := time.Now()
		for counted(t, "flyball_rules_reload_failed") != want {
			if time.Since(began) > poll+allowance {
				t.Fatalf("flyball_rules_reload_failed is not %g after %.1f s", want, time.Since(began).Seconds())
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	inForce := counted(t, "flyball_rules", `state="in_force"`)

	written, began := logFromNow(t), time.Now()
	writeRules(t, string(good[:len(good)/2])+"\n  - {{{ a hand slipped")
	reloadFails(1)
	time.Sleep(poll + time.Second) // it is looked at once more, and that is no news
	if lines := written.lines(t, "Rules were not reloaded"); len(lines) != 1 || !strings.Contains(lines[0], "not YAML") {
		t.Errorf("the log has %d lines about it, want 1 that says why:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	if now := counted(t, "flyball_rules", `state="in_force"`); now != inForce {
		t.Errorf("%g rules are in force, and %g were", now, inForce)
	}
	if report, err := own(t.Context(), "/debug/rules"); err != nil || !strings.Contains(report, "not YAML") {
		t.Errorf("/debug/rules does not tell of it: %v\n%s", err, report)
	}
	unaffected.fine(t, began)

	another := requestsOf(steady)
	another.Name = "requests_repaired"
	withRules(t, func(r *rules) { r.Custom = append(r.Custom, another) })
	repaired := time.Now()
	reloadFails(0)
	for {
		a := read(t.Context(), unaffected.namespace, steady, another.Name)
		if a.refused == nil {
			break
		}
		if a.refused.Code != http.StatusNotFound || time.Since(repaired) > poll+period+allowance {
			t.Fatalf("%.1f s after the repair the new metric is %s", time.Since(repaired).Seconds(), a)
		}
		time.Sleep(100 * time.Millisecond)
	}
	unaffected.fine(t, began)
}

func TestTwoRulesWithOneName(t *testing.T) {
	s := newStory(t, "twins")
	written, began := logFromNow(t), time.Now()
	second := requestsOf("nobody")
	second.Name = s.metric()
	withRules(t, func(r *rules) { r.Custom = append(r.Custom, second) })
	s.eventually("a rule out of force", func() (bool, string) {
		return counted(t, "flyball_rules", `state="out_of_force"`) == 1, "none"
	})
	for range 15 {
		if a := s.read(); a.refused != nil || len(a.list.Items) != pods || a.lowest() < 5 {
			t.Fatalf("the first rule does not stay in force: %s", a)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if lines := written.lines(t, "Rule is not in force", s.metric()); len(lines) != 1 || !strings.Contains(lines[0], "the first one stays in force") {
		t.Errorf("the log has %d lines about it, want 1 that says which stays:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	if report, err := own(t.Context(), "/debug/rules"); err != nil || !strings.Contains(report, "the first one stays in force") {
		t.Errorf("/debug/rules does not tell of it: %v", err)
	}
	unaffected.fine(t, began)

	second.Name = "requests_another_twin"
	withRules(t, func(r *rules) { r.Custom = append(r.Custom, second) })
	s.eventually("all rules in force", func() (bool, string) {
		return counted(t, "flyball_rules", `state="out_of_force"`) == 0, "one is not"
	})
}

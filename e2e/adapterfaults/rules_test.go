package adapterfaults

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// maxAge of a sample in the rules of this suite, and window of their rates.
const (
	maxAge = 8 * time.Second
	window = 5 * time.Second
)

// rules is a rules file, as far as the tests look at it.
type rules struct {
	Custom    []rule         `json:"custom,omitempty"`
	External  []rule         `json:"external,omitempty"`
	Resources map[string]any `json:"resources,omitempty"`
}

type rule struct {
	Name   string `json:"name"`
	Query  string `json:"query"`
	MaxAge string `json:"maxAge,omitempty"`
}

// requestsOf is the rule for the requests a second of one application's pods. Its query is like no other's, so that a fault
// can pick it.
func requestsOf(app string) rule {
	return rule{
		Name:   "requests_" + app,
		Query:  fmt.Sprintf(`sum by (namespace, pod) (rate(http_requests_total{namespace!="",pod!="",app=%q}[%s]))`, app, window),
		MaxAge: maxAge.String(),
	}
}

// irateOf is requestsOf by the last two samples alone. A rate over more of them falls when no more come, long before there
// is nothing left to take it of.
func irateOf(app string) rule {
	r := requestsOf(app)
	r.Query = strings.Replace(r.Query, "rate(", "irate(", 1)
	return r
}

// newRules are all rules of the suite: the chart's own for CPU and memory, over a window that suits this Prometheus, and one
// for each application with a fault.
func newRules() (*rules, error) {
	text, err := os.ReadFile(filepath.Join("..", "..", "charts", "flyball", "files", "rules.yaml"))
	if err != nil {
		return nil, fmt.Errorf("the chart's rules: %w", err)
	}
	r := &rules{}
	if err := yaml.Unmarshal(regexp.MustCompile(`\[\w+\]`).ReplaceAll(text, []byte("[20s]")), r); err != nil {
		return nil, fmt.Errorf("the chart's rules: %w", err)
	}
	r.Custom, r.External = nil, nil
	for _, app := range slices.Concat([]string{steady, "killed", "twins"}, applicationsWithRule()) {
		r.Custom = append(r.Custom, requestsOf(app))
	}
	r.Custom = append(r.Custom, irateOf("stale"), failingRule)
	for i := range sharedMetrics {
		r.Custom = append(r.Custom, sharedRule(i))
	}
	r.External = append(r.External, externalOf("partial"), hostile)
	return r, nil
}

func startRules() (string, error) {
	r, err := newRules()
	if err != nil {
		return "", err
	}
	text, err := yaml.Marshal(r)
	return string(text), err
}

// externalOf is the external metric of the same requests.
func externalOf(app string) rule {
	r := requestsOf(app)
	r.Name = "all_of_" + app
	return r
}

// failingRule joins what cannot be joined: the steady application has several pods.
var failingRule = rule{
	Name:   "failing_join",
	Query:  fmt.Sprintf(`sum by (namespace, pod) (http_requests_total{app=%[1]q} / on (namespace) http_requests_queued{app=%[1]q})`, steady),
	MaxAge: maxAge.String(),
}

// writeRules replaces the adapter's rules file whole, as the mount of a ConfigMap does.
func writeRules(t *testing.T, text string) {
	t.Helper()
	path := rulesFile()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func rulesFile() string { return shared.Flyball.Adapter.File("/etc/flyball/rules.yaml") }

// withRules has the adapter read other rules until the test ends.
func withRules(t *testing.T, change func(*rules)) {
	t.Helper()
	r, err := newRules()
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(rulesFile())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { writeRules(t, string(before)) })
	change(r)
	text, err := yaml.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	writeRules(t, string(text))
}

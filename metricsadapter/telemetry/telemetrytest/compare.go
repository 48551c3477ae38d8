package telemetrytest

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

var (
	// row is one of the page's table: name, type, labels, programs.
	row = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (counter|gauge|histogram) \\|([^|]*)\\|([^|]*)\\|")
	// description is the library's print of a metric description.
	description = regexp.MustCompile(`^Desc\{fqName: "([^"]*)", help: .*, constLabels: \{(.*)\}, variableLabels: \{(.*)\}\}$`)
	quoted      = regexp.MustCompile("`([a-z_]+)`")
	constant    = regexp.MustCompile(`(\w+)="`)
)

// Compare fails a test where the page and the registries of a program differ: in the names of metrics, either way, in their
// labels, or in their types. Metrics of the Go process are ignored.
func Compare(t testing.TB, page, program string, registries ...*prometheus.Registry) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	listed, types := map[string]string{}, map[string]string{}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		if strings.Contains(m[4], program) || strings.Contains(m[4], "both") {
			listed[m[1]], types[m[1]] = labelsOf(quoted, m[3]), m[2]
		}
	}
	if diff := cmp.Diff(listed, exported(t, registries)); diff != "" {
		t.Errorf("metrics and labels of %s (-listed in %s +exported):\n%s", program, page, diff)
	}
	var gatherers prometheus.Gatherers
	for _, registry := range registries {
		gatherers = append(gatherers, registry)
	}
	families, err := gatherers.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if kind := strings.ToLower(family.GetType().String()); types[family.GetName()] != "" && kind != types[family.GetName()] {
			t.Errorf("%s is a %s, and is listed as a %s", family.GetName(), kind, types[family.GetName()])
		}
	}
	for name, kind := range types {
		if (kind == "counter") != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is listed as a %s: counters, and no others, end in _total", name, kind)
		}
	}
}

// exported returns the labels of each metric, including metrics without a value.
func exported(t testing.TB, registries []*prometheus.Registry) map[string]string {
	t.Helper()
	descriptions := make(chan *prometheus.Desc)
	go func() {
		for _, registry := range registries {
			registry.Describe(descriptions)
		}
		close(descriptions)
	}()
	all := map[string]string{}
	for d := range descriptions {
		m := description.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("the library prints a metric in another form: %s", d)
		}
		if strings.HasPrefix(m[1], "go_") || strings.HasPrefix(m[1], "process_") {
			continue
		}
		all[m[1]] = labelsOf(constant, m[2])
		if m[3] != "" {
			names := strings.Split(m[3], ",")
			slices.Sort(names)
			all[m[1]] = strings.Join(names, " ")
		}
	}
	return all
}

func labelsOf(form *regexp.Regexp, text string) string {
	var names []string
	for _, m := range form.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

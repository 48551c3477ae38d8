package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/tenancy"
)

// TestNamespacesConfig: the program ends at its start with the flag, the file and the field where the file is invalid or names a
// server that does not exist.
func TestNamespacesConfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "namespaces.yaml")
	for text, want := range map[string]string{
		"namespaces: [{names: [shop], servers: [default], maxQueries: 1}]": "",
		"namespaces: [{names: [shop], servers: [mimir]}]":                  `namespaces[0].servers[0]: Invalid value: "mimir": no Prometheus server has this name: the servers are default`,
		"namespaces: [{names: [Shop]}]":                                    `namespaces[0].names[0]: Invalid value: "Shop"`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o := defaultOptions()
		o.prometheusURL, o.namespacesConfig = "http://localhost:9090", file
		_, _, err := newTenantClient(o, prometheus.NewRegistry())
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), "--namespaces-config "+file+": ") || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
		if want == "" && *o.defaults.Namespaces.For("shop").MaxQueries != 1 {
			t.Error("the file is not in force")
		}
	}
}

// TestNamespacesConfigIsReloaded: a changed file is in force after the next read, also through the symbolic link of a mounted
// ConfigMap. While it is invalid or gone, the former limits stay in force.
func TestNamespacesConfigIsReloaded(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "namespaces.yaml")
	mount := func(version, text string) {
		t.Helper()
		target := filepath.Join(folder, version)
		if err := os.WriteFile(target, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if err := os.Symlink(target, file); err != nil {
			t.Fatal(err)
		}
	}
	mount("first", "namespaces: [{names: [shop], maxQueries: 1}]")
	o := defaultOptions()
	o.prometheusURL, o.namespacesConfig = "http://localhost:9090", file
	_, l, err := newTenantClient(o, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	uses := 0
	l.use(func(*tenancy.Rules) { uses++ })
	check := func(when string, queries int64, used int, failed float64) {
		t.Helper()
		l.reload(klog.Background())
		if got := *l.rules.Load().For("shop").MaxQueries; got != queries || uses != used || testutil.ToFloat64(l.failed) != failed {
			t.Errorf("%s: maxQueries %d after %d uses, failed %g, want %d, %d, %g", when, got, uses, testutil.ToFloat64(l.failed), queries, used, failed)
		}
	}
	check("unchanged", 1, 1, 0)
	mount("second", "namespaces: [{names: [shop], maxQueries: 2}]")
	check("changed", 2, 2, 0)
	mount("third", "namespaces: [{names: [shop], servers: [mimir], maxQueries: 3}]")
	check("with an unknown server", 2, 2, 1)
	mount("fourth", "namespaces: [{names: [shop], maxQueries: 2}]")
	check("as before", 2, 2, 0)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	check("gone", 2, 2, 1)
}

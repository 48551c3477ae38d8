package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
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
		_, err := newTenantClient(o, prometheus.NewRegistry())
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), "--namespaces-config "+file+": ") || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
		if want == "" && *o.defaults.Namespaces.For("shop").MaxQueries != 1 {
			t.Error("the file is not in force")
		}
	}
}

package licenses

import (
	"strings"
	"testing"
)

func TestLicensesOfThisModule(t *testing.T) {
	modules, err := Linked(t.Context(), "..", "./image")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, m := range modules {
		names[m.Path] = m.Expression()
	}
	for path, want := range map[string]string{
		"std": "BSD-3-Clause", "github.com/google/go-containerregistry": "Apache-2.0", "golang.org/x/crypto/x509roots/fallback": "BSD-3-Clause",
	} {
		if names[path] != want {
			t.Errorf("%s: %q, want %s", path, names[path], want)
		}
	}
}

func TestUnacceptedLicenses(t *testing.T) {
	err := Check([]Module{{Path: "a", Version: "v1.0.0", Names: []string{"GPL-3.0", "MIT"}}, {Path: "b", Version: "v2.0.0"}, {Path: "c", Names: []string{"MIT"}}})
	if err == nil {
		t.Fatal("GPL-3.0 and a module without a license were accepted")
	}
	for _, want := range []string{"a v1.0.0: license GPL-3.0: must be one of", "b v2.0.0: no license was recognized"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: missing %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "MIT:") || strings.Contains(err.Error(), "c ") {
		t.Errorf("%v: names an accepted license", err)
	}
}

package chart

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// TestCertManagerTakesItsObjects checks the objects for cert-manager with its CRDs, as the API server does, and with its API types.
func TestCertManagerTakesItsObjects(t *testing.T) {
	crds := map[string]*crdSchema{}
	for _, file := range []string{"certificates", "issuers"} {
		s := loadCRD(t, filepath.Join(moduleOf(t, "github.com/cert-manager/cert-manager"), "deploy", "crds", "cert-manager.io_"+file+".yaml"))
		crds[s.definition.Spec.Names.Kind] = s
	}
	types := map[string]func() any{
		"Certificate": func() any { return &certmanagerv1.Certificate{} }, "Issuer": func() any { return &certmanagerv1.Issuer{} },
	}
	for name, want := range map[string]int{"cert-manager": 4, "company-issuer": 1} {
		found := 0
		for _, object := range render(t, installations[name]).Objects {
			if object.GroupVersionKind().Group != certmanagerv1.SchemeGroupVersion.Group {
				continue
			}
			found++
			text, err := yaml.Marshal(object.Object)
			if err != nil {
				t.Fatal(err)
			}
			_, dropped, errs := crds[object.GetKind()].admit(t, string(text))
			if len(dropped) > 0 || len(errs) > 0 {
				t.Errorf("%s %s: dropped %q, errors %v", object.GetKind(), object.GetName(), dropped, errs.ToAggregate())
			}
			if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, types[object.GetKind()](), true); err != nil {
				t.Errorf("%s %s: %v", object.GetKind(), object.GetName(), err)
			}
		}
		if found != want {
			t.Errorf("%s has %d objects for cert-manager, want %d", name, found, want)
		}
	}
}

// moduleOf returns the folder of a module in go.mod.
func moduleOf(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

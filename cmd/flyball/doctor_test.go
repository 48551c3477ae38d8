package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
)

// TestDoctorGolden: the report as a table and as JSON. -update writes the files.
func TestDoctorGolden(t *testing.T) {
	for file, line := range map[string]string{
		"doctor.txt":      "doctor -f ../../docs/examples/doctor.yaml",
		"doctor-why.txt":  "doctor web -f ../../docs/examples/doctor.yaml",
		"doctor.json":     "doctor -f ../../docs/examples/doctor.yaml -o json",
		"doctor.yaml.txt": "doctor -f ../../docs/examples/doctor.yaml -o yaml",
	} {
		t.Run(file, func(t *testing.T) {
			code, out, errOut := shell(t, "", line)
			if code != exit.Severe || errOut != "1 error, 1 warning in 1 autoscaler\n" {
				t.Errorf("exit code %d, want %d: %s", code, exit.Severe, errOut)
			}
			path := filepath.Join("testdata", file)
			want, err := os.ReadFile(path)
			if diff := cmp.Diff(string(want), out); diff != "" && !*update {
				t.Errorf("%v: %s (-file +output); -update writes it:\n%s", err, path, diff)
			} else if diff != "" {
				if err := os.WriteFile(path, []byte(out), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestDoctorExits: the exit code is that of the highest severity.
func TestDoctorExits(t *testing.T) {
	text, err := os.ReadFile("../../autoscaler/doctor/testdata/healthy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	healthy := string(text)
	for name, tc := range map[string]struct {
		input, args string
		code        int
		says        string
	}{
		"healthy":        {healthy, "doctor -f -", exit.OK, "Nothing found in 1 autoscaler.\n"},
		"a warning":      {strings.Replace(healthy, "minAvailable: 1", "minAvailable: 2", 1), "doctor -f -", exit.Negative, "0 errors, 1 warning in 1 autoscaler"},
		"an error":       {strings.Replace(healthy, "kind: Deployment, name: web", "kind: Deployment, name: wbe", 1), "doctor -f -", exit.Severe, "1 error"},
		"only the HPA":   {strings.SplitN(healthy, "---", 2)[0], "doctor -f -", exit.OK, "Note: pods were not read, and checks that need them found nothing: the input has none"},
		"another name":   {healthy, "doctor wbe -f -", exit.Unusable, "Error: no autoscaler wbe was read"},
		"no object":      {"[]", "doctor -f -", exit.Unusable, "Error: standard input: document 1"},
		"a file and -A":  {healthy, "doctor -A -f -", exit.Unusable, "--all-namespaces: Forbidden"},
		"why one scales": {healthy, "doctor web -f -", exit.OK, "HorizontalPodAutoscaler shop/web: keep 2"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "objects.yaml")
			if err := os.WriteFile(file, []byte(tc.input), 0o600); err != nil {
				t.Fatal(err)
			}
			code, out, errOut := shell(t, file, tc.args)
			if code != tc.code || !strings.Contains(out+errOut, tc.says) {
				t.Errorf("exit code %d, want %d and %q:\n%s%s", code, tc.code, tc.says, out, errOut)
			}
		})
	}
}

// TestDoctorRequests: 1,000 HPAs with ten pods each take as many requests as one.
func TestDoctorRequests(t *testing.T) {
	var requests atomic.Int64
	// Without TLS, because a handshake has a time limit.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("Content-Type", "application/json")
		body := `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404, "message": "it is not there"}`
		switch r.URL.Path {
		case "/apis/autoscaling/v2/horizontalpodautoscalers":
			body = list("autoscaling/v2", "HorizontalPodAutoscaler", 1000, `"spec": {"maxReplicas": 1, "minReplicas": 1, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a%d"}}`)
		case "/apis/apps/v1/deployments":
			body = list("apps/v1", "Deployment", 1000, `"spec": {"replicas": 10, "selector": {"matchLabels": {"app": "a%d"}}, "template": {"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}]}}}`)
		case "/api/v1/pods":
			w.WriteHeader(http.StatusForbidden)
			body = `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403, "message": "pods is forbidden"}`
		default:
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	config := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],
clusters: [{name: c, cluster: {server: %q}}], users: [{name: u, user: {}}]}`, server.URL)
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errOut := shell(t, "", "doctor -A --kubeconfig "+path)
	if code != exit.Severe || !strings.Contains(errOut, "1000 warnings in 1000 autoscalers") || !strings.Contains(errOut, "Note: pods were not read") || strings.Count(out, "MinEqualsMax") != 2000 {
		t.Errorf("exit code %d: %s\n%.3000s", code, errOut, out)
	}
	if n := requests.Load(); n > 20 {
		t.Errorf("%d requests for 1,000 HPAs, want at most 20", n)
	} else {
		t.Logf("%d requests", n)
	}
}

// list is a list of objects with names a0, a1 and so on, and fields with that number.
func list(version, kind string, n int, fields string) string {
	var items []string
	for i := range n {
		items = append(items, fmt.Sprintf(`{"metadata": {"namespace": "shop", "name": "a%d"}, `, i)+fmt.Sprintf(fields, i)+"}")
	}
	return fmt.Sprintf(`{"apiVersion": %q, "kind": "%sList", "items": [%s]}`, version, kind, strings.Join(items, ","))
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// patchedServer serves one HorizontalAutoscaler of the namespace shop, with bounds from 2 to 9, and notes its patches.
type patchedServer struct {
	mu      sync.Mutex
	spec    map[string]any
	patches []string
}

func (s *patchedServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.Method == http.MethodPatch {
		text, _ := io.ReadAll(r.Body)
		s.patches = append(s.patches, string(text))
		var patch struct{ Spec map[string]any }
		if err := json.Unmarshal(text, &patch); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for key, value := range patch.Spec {
			s.spec[key] = value
			if value == nil {
				delete(s.spec, key)
			}
		}
	}
	if !strings.HasSuffix(r.URL.Path, "/namespaces/shop/horizontalautoscalers/web") {
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprint(w, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404, "message": "it is not there"}`)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"kind": "HorizontalAutoscaler", "apiVersion": "autoscaling.flyball.dev/v1alpha1",
		"metadata": map[string]any{"namespace": "shop", "name": "web", "generation": 2, "resourceVersion": "7"}, "spec": s.spec,
		"status": map[string]any{"observedGeneration": 2, "desiredReplicas": 8},
	})
}

func patched(t *testing.T, mode string) (*patchedServer, string) {
	s := &patchedServer{spec: map[string]any{"minReplicas": 2, "maxReplicas": 9, "mode": mode}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	config := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],
clusters: [{name: c, cluster: {server: %q}}], users: [{name: u, user: {}}]}`, server.URL)
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return s, path
}

var anyTime = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

func TestOverrideCommands(t *testing.T) {
	const outside = "must be from minReplicas (2) to maxReplicas (9); --force-bounds sets it nevertheless\n"
	for name, tc := range map[string]struct {
		args, mode string
		code       int
		out, says  string
		patch      string
	}{
		"scale": {
			args: "scale web 8 --for 2h", mode: "Enforce", out: "NAME   MODE      OVERRIDE   UNTIL                  DONE\nweb    Enforce   8          TIME   scaled\n",
			patch: `{"metadata":{"resourceVersion":"7"},"spec":{"override":{"replicas":8,"until":"TIME"}}}`,
		},
		"scale, and wait":   {args: "scale web 8 --watch -o name", mode: "Enforce", out: "horizontalautoscaler.autoscaling.flyball.dev/web\n", patch: `{"metadata":{"resourceVersion":"7"},"spec":{"override":{"replicas":8,"until":"TIME"}}}`},
		"beyond the bounds": {args: "scale web 12", mode: "Enforce", code: 2, says: "Error: REPLICAS: Invalid value: 12: " + outside},
		"below the bounds":  {args: "scale web 1", mode: "Enforce", code: 2, says: "Error: REPLICAS: Invalid value: 1: " + outside},
		"forced": {args: "scale web 12 --force-bounds -o json", mode: "Enforce", out: `{
  "namespace": "shop",
  "name": "web",
  "done": "scaled",
  "mode": "Enforce",
  "override": {
    "replicas": 12,
    "until": "TIME",
    "ignoreBounds": true
  }
}
`, patch: `{"metadata":{"resourceVersion":"7"},"spec":{"override":{"replicas":12,"until":"TIME","ignoreBounds":true}}}`},
		"reset":          {args: "scale web --reset -o yaml", mode: "Enforce", out: "done: reset\nmode: Enforce\nname: web\nnamespace: shop\n", patch: `{"metadata":{"resourceVersion":"7"},"spec":{"override":null}}`},
		"both":           {args: "scale web 3 --reset", mode: "Enforce", code: 2, says: "REPLICAS and --reset exclude each other"},
		"neither":        {args: "scale web", mode: "Enforce", code: 2, says: "use REPLICAS to set an override, or --reset to remove it"},
		"no number":      {args: "scale web many", mode: "Enforce", code: 2, says: `REPLICAS: Invalid value: "many": must be a number from 0 to 2147483647`},
		"too long":       {args: "scale web 3 --for 9000h", mode: "Enforce", code: 2, says: "--for 9000h0m0s: must be from 1s to 8784h0m0s"},
		"a shadow":       {args: "scale web 3", mode: "Shadow", code: 2, says: "spec.mode is Shadow, so it scales nothing"},
		"pause":          {args: "pause web", mode: "Enforce", out: "NAME   MODE     OVERRIDE   UNTIL    DONE\nweb    Paused   <none>     <none>   paused\n", patch: `{"metadata":{"resourceVersion":"7"},"spec":{"mode":"Paused"}}`},
		"pause again":    {args: "pause web -o name", mode: "Paused", out: "horizontalautoscaler.autoscaling.flyball.dev/web\n"},
		"pause a shadow": {args: "pause web", mode: "Shadow", code: 2, says: `spec.mode: Invalid value: "Shadow": must be Enforce`},
		"resume":         {args: "resume web -o name", mode: "Paused", out: "horizontalautoscaler.autoscaling.flyball.dev/web\n", patch: `{"metadata":{"resourceVersion":"7"},"spec":{"mode":"Enforce"}}`},
		"no such object": {args: "resume api", mode: "Paused", code: 2, says: `HorizontalAutoscaler "api" not found in namespace "shop"; use -n for another namespace`},
	} {
		t.Run(name, func(t *testing.T) {
			server, kubeconfig := patched(t, tc.mode)
			begun := time.Now()
			code, out, errOut := shell(t, "", tc.args+" -n shop --kubeconfig "+kubeconfig)
			if code != tc.code || !strings.Contains(errOut, tc.says) || (tc.says == "") != (errOut == "") {
				t.Errorf("exit code %d, want %d; the standard error has %q, want %q", code, tc.code, errOut, tc.says)
			}
			for _, found := range anyTime.FindAllString(out, -1) {
				if until, err := time.Parse(time.RFC3339, found); err != nil || until.Before(begun.Add(59*time.Minute)) || until.After(time.Now().Add(3*time.Hour)) {
					t.Errorf("the override ends at %s", found)
				}
			}
			if diff := cmp.Diff(tc.out, anyTime.ReplaceAllString(out, "TIME")); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.patch, anyTime.ReplaceAllString(strings.Join(server.patches, "\n"), "TIME")); diff != "" {
				t.Errorf("patches (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNamesAreCompleted runs what the shell does for a tab.
func TestNamesAreCompleted(t *testing.T) {
	kubeconfig := apiServer(t)
	for _, command := range []string{"explain", "shadow report", "scale", "pause", "resume", "take-over"} {
		_, out, _ := shell(t, "", "__complete "+command+" -n shop --kubeconfig "+kubeconfig+" w")
		if want := "broken\nweb\n:4\n"; out != want {
			t.Errorf("%s: completed to %q, want %q", command, out, want)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// liveConditions are those of the object.
const liveConditions = `Conditions
  AbleToScale     True     SucceededRescale: the autoscaler was able to update the target scale to 2
`

// statusPage has the figures of the status.
const statusPage = `scale in from 3 to 2: cpu: utilization 30%, target 60%; 3 ready pods → 2 (direct)

Replicas  3 current, 2 desired
Targets   cpu: 30%/60%
Window    night is open
Steps
  Current           3 → 3     target has 3 replicas
  Metric            3 → 2     cpu: utilization 30%, target 60%; 3 ready pods → 2 (direct)
` + liveConditions

// TestExplainReadsTheCluster runs the command against an API server that has a few objects.
func TestExplainReadsTheCluster(t *testing.T) {
	kubeconfig := apiServer(t)
	secure := securePod(t)
	captured := capturedExample(t)
	const noToken = "the kubeconfig has no token: use --token"
	autoscaler := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/debug/bundle/shop/web":
			_, _ = fmt.Fprint(w, "the bundle of shop/web")
		case "/debug/bundle/shop/changed":
			_, _ = w.Write(captured)
		case "/debug/bundle/shop/old":
			_, _ = w.Write(bytes.ReplaceAll(captured, []byte("desired: 4"), []byte("desired: 5")))
		default:
			http.Error(w, "nothing was decided about it", http.StatusNotFound)
		}
	}))
	t.Cleanup(autoscaler.Close)
	for name, tc := range map[string]struct {
		args      string
		code      int
		out, says string
	}{
		"a page from memory":                 {args: "explain web --token ann", out: page + liveConditions},
		"from memory, by an address":         {args: "explain web --token ann --autoscaler-url " + secure.URL, out: page + liveConditions},
		"from memory, a changed spec":        {args: "explain changed --autoscaler-url " + autoscaler.URL, out: page + liveConditions, says: "Warning: the spec has changed since this decision\n"},
		"no token":                           {args: "explain web", out: statusPage, says: "s old: reading from pod flyball/flyball-1: 401 Unauthorized: send a bearer token; " + noToken},
		"no rights, a status of long ago":    {args: "explain old --token bob", out: statusPage, says: "Note: the figures are those of the status, 3h1m old: reading from pod flyball/flyball-1: 403 Forbidden: bob may not\n"},
		"no rights, a changed spec":          {args: "explain changed --token bob", out: statusPage, says: "Warning: the spec has changed since this decision\n"},
		"no leader, the status":              {args: "explain web --lease none", out: statusPage, says: "old: finding the autoscaler by its lease flyball/none: "},
		"another version of the engine":      {args: "explain old --autoscaler-url " + autoscaler.URL, out: statusPage, says: "decides 4 replicas where the autoscaler decided 5; use the flyball of the autoscaler's version\n"},
		"an answer that is no bundle":        {args: "explain web --autoscaler-url " + autoscaler.URL, out: statusPage, says: "old: reading the autoscaler's bundle with flyball "},
		"nothing decided, and why":           {args: "explain refused", code: 2, says: "Error: no decision about shop/refused: InvalidSpec: spec.windows[0].start: no cron line\n"},
		"nobody has looked":                  {args: "explain new", code: 2, says: "no autoscaler has synced it yet; check that the autoscaler is running"},
		"no such object":                     {args: "explain none", code: 2, says: "Error: HorizontalAutoscaler \"none\" not found in namespace \"shop\"; use -n for another namespace\n"},
		"a bundle, through the API server":   {args: "explain web -o bundle --token ann", out: string(captured)},
		"a bundle that the leader lacks":     {args: "explain none -o bundle --token ann", code: 2, says: "from pod flyball/flyball-1: not found: there is no bundle of shop/none"},
		"a bundle for whom it is not":        {args: "explain web -o bundle --token bob", code: 2, says: "from pod flyball/flyball-1: 403 Forbidden: bob may not"},
		"a bundle without a token":           {args: "explain web -o bundle", code: 2, says: "401 Unauthorized: send a bearer token; the kubeconfig has no token: use --token"},
		"a bundle as another user":           {args: "explain web -o bundle --token ann --as bob", code: 2, says: "--as: the autoscaler does not impersonate users"},
		"a bundle, by an address with TLS":   {args: "explain web -o bundle --token ann --autoscaler-url " + secure.URL, out: string(captured)},
		"a bundle, by its address":           {args: "explain web -o bundle --autoscaler-url " + autoscaler.URL + "/", out: "the bundle of shop/web"},
		"a bundle that is not there":         {args: "explain none -o bundle --autoscaler-url " + autoscaler.URL, code: 2, says: "not found: nothing was decided about it"},
		"nobody leads":                       {args: "explain web -o bundle --lease idle", code: 2, says: "lease flyball/idle has no holder"},
		"no lease":                           {args: "explain web -o bundle --lease none", code: 2, says: "use --system-namespace and --lease for another lease"},
		"neither name nor file":              {args: "explain", code: 2, says: "use the NAME of a HorizontalAutoscaler, or -f FILE with a bundle"},
		"both":                               {args: "explain web -f " + example, code: 2, says: "NAME and -f FILE exclude each other"},
		"the bundle of a bundle":             {args: "explain -o bundle -f " + example, code: 2, says: "the file is a bundle already"},
		"an autoscaler's address of nothing": {args: "explain web -o bundle --autoscaler-url nowhere", code: 2, says: "--autoscaler-url: "},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := shell(t, "", tc.args+" --kubeconfig "+kubeconfig+" -n shop")
			if code != tc.code {
				t.Errorf("exit code %d, want %d: %s", code, tc.code, errOut)
			}
			if diff := cmp.Diff(tc.out, out); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if !strings.Contains(errOut, tc.says) || (tc.says == "") != (errOut == "") {
				t.Errorf("the standard error has %q, want %q", errOut, tc.says)
			}
		})
	}
	for flag, want := range map[string]decisionJSON{
		"": {Source: "status", Desired: 2}, " --token ann": {Source: "autoscaler", Desired: 4, Min: new(int32(2))},
	} {
		_, asJSON, _ := shell(t, "", "explain web -o json --kubeconfig "+kubeconfig+" -n shop"+flag)
		var r decisionJSON
		if err := json.Unmarshal([]byte(asJSON), &r); err != nil || r.Source != want.Source || r.Desired != want.Desired || (r.Min == nil) != (want.Min == nil) ||
			len(r.Steps) < 2 || len(r.Conditions) != 1 || r.Autoscaler != "shop/web" || r.Same != nil {
			t.Errorf("%s: %v: %+v", flag, err, r)
		}
	}
}

// apiServer has the autoscalers of namespace shop, two leases and the leader's pod. The result is a kubeconfig for it.
func apiServer(t *testing.T) string {
	decided := func(ago time.Duration) string {
		return fmt.Sprintf(`"observedGeneration": 2, "currentReplicas": 3, "desiredReplicas": 2, "targets": "cpu: 30%%/60%%", "windows": {"open": ["night"]},
			"decision": {"time": %q, "desired": 2, "reason": "scale in from 3 to 2: cpu: utilization 30%%, target 60%%; 3 ready pods → 2 (direct)", "steps": [
				{"step": "Current", "from": 3, "to": 3, "detail": "target has 3 replicas"},
				{"step": "Metric", "from": 3, "to": 2, "detail": "cpu: utilization 30%%, target 60%%; 3 ready pods → 2 (direct)"}]},
			"conditions": [{"type": "AbleToScale", "status": "True", "reason": "SucceededRescale", "message": "the autoscaler was able to update the target scale to 2"}]`,
			time.Now().Add(-ago).UTC().Format(time.RFC3339))
	}
	object := func(name string, generation int, status string) string {
		return fmt.Sprintf(`{"kind": "HorizontalAutoscaler", "apiVersion": "autoscaling.flyball.dev/v1alpha1",
			"metadata": {"namespace": "shop", "name": %q, "generation": %d}, "status": {%s}}`, name, generation, status)
	}
	const autoscalers = "/apis/autoscaling.flyball.dev/v1alpha1/namespaces/shop/horizontalautoscalers/"
	const leases = "/apis/coordination.k8s.io/v1/namespaces/flyball/leases/"
	const kinds = "/apis/autoscaling.flyball.dev/v1alpha1/namespaces/shop/"
	known := map[string]string{
		kinds + "horizontalautoscalers": `{"kind": "HorizontalAutoscalerList", "apiVersion": "autoscaling.flyball.dev/v1alpha1", "items": [
			{"metadata": {"namespace": "shop", "name": "broken"}, "spec": {"maxReplicas": 9, "windows": [{"name": "a", "start": "soon", "duration": "1h", "replicas": 1}]}},
			{"metadata": {"namespace": "shop", "name": "web"}, "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 9,
				"windows": [{"name": "night", "start": "0 22 * * *", "duration": "8h", "replicas": 1}]}, "status": {` + decided(3*time.Hour+time.Minute) + `}}]}`,
		kinds + "scalewindows": `{"kind": "ScaleWindowList", "apiVersion": "autoscaling.flyball.dev/v1alpha1", "items": [
			{"metadata": {"namespace": "shop", "name": "noon"}, "spec": {"targets": [{"kind": "HorizontalAutoscaler", "name": "web"}], "start": "0 12 * * *", "duration": "1h", "minReplicas": 2}}]}`,
		autoscalers + "web":           object("web", 2, decided(0)),
		autoscalers + "changed":       object("changed", 3, decided(0)),
		autoscalers + "old":           object("old", 2, decided(3*time.Hour+time.Minute)),
		autoscalers + "new":           object("new", 1, ""),
		autoscalers + "refused":       object("refused", 1, `"conditions": [{"type": "Accepted", "status": "False", "reason": "InvalidSpec", "message": "spec.windows[0].start: no cron line"}]`),
		leases + "flyball-autoscaler": `{"kind": "Lease", "apiVersion": "coordination.k8s.io/v1", "spec": {"holderIdentity": "flyball-1_5f0c"}}`,
		leases + "idle":               `{"kind": "Lease", "apiVersion": "coordination.k8s.io/v1", "spec": {"holderIdentity": ""}}`,
	}
	known["/apis/autoscaling.flyball.dev/v1alpha1/namespaces/empty/horizontalautoscalers"] = `{"kind": "HorizontalAutoscalerList", "apiVersion": "autoscaling.flyball.dev/v1alpha1", "items": []}`
	pod := securePod(t)
	// Over plain HTTP client-go sends no token.
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := known[r.URL.Path]
		if r.URL.Query().Get("labelSelector") == "team=none" {
			body = known["/apis/autoscaling.flyball.dev/v1alpha1/namespaces/empty/horizontalautoscalers"]
		}
		if r.URL.Path == "/api/v1/namespaces/flyball/pods/flyball-1/portforward" {
			forwardTo(t, pod.Listener.Addr().String(), w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			body = `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404, "message": "it is not there"}`
		}
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	config := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],
clusters: [{name: c, cluster: {server: %q, insecure-skip-tls-verify: true}}], users: [{name: u, user: {}}]}`, server.URL)
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

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

	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
)

// otherKinds are objects of other autoscalers by the resource that a cluster has them under.
var otherKinds = map[string]string{
	"autoscaling/v2/namespaces/shop/horizontalpodautoscalers": `
- metadata: {name: web, namespace: shop, uid: u, managedFields: [{manager: helm}]}
  spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 9}
  status: {currentReplicas: 3}
- metadata: {name: cart, namespace: shop}
  spec:
    scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}
    maxReplicas: 20
    metrics: [{type: Object, object: {describedObject: {apiVersion: zalando.org/v1, kind: ClusterScalingSchedule, name: sale}, metric: {name: sale}, target: {type: AverageValue, averageValue: "10"}}}]
- metadata: {name: keda-hpa-jobs, namespace: shop, ownerReferences: [{kind: ScaledObject, name: jobs}]}
  spec:
    scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: worker}
    maxReplicas: 5
    metrics: [{type: External, external: {metric: {name: s0-mine, selector: {matchLabels: {scaledobject.keda.sh/name: jobs}}}, target: {type: AverageValue, averageValue: "3"}}}]
`,
	"keda.sh/v1alpha1/namespaces/shop/scaledobjects": `
- apiVersion: keda.sh/v1alpha1
  kind: ScaledObject
  metadata: {name: jobs, namespace: shop}
  spec: {scaleTargetRef: {name: worker}, minReplicaCount: 1, maxReplicaCount: 5, triggers: [{type: external, metadata: {scalerAddress: a}}]}
`,
	"autoscaling.alibabacloud.com/v1beta1/namespaces/shop/cronhorizontalpodautoscalers": `
- apiVersion: autoscaling.alibabacloud.com/v1beta1
  kind: CronHorizontalPodAutoscaler
  metadata: {name: hours, namespace: shop}
  spec:
    scaleTargetRef: {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, name: web}
    jobs: [{name: up, schedule: "0 0 8 * * *", targetSize: 12}, {name: down, schedule: "0 0 20 * * *", targetSize: 2}]
`,
	"zalando.org/v1/clusterscalingschedules": `
- apiVersion: zalando.org/v1
  kind: ClusterScalingSchedule
  metadata: {name: sale}
  spec: {schedules: [{type: Repeating, durationMinutes: 60, value: 100, period: {startTime: "18:00", timezone: UTC, days: [Fri]}}]}
- apiVersion: zalando.org/v1
  kind: ClusterScalingSchedule
  metadata: {name: other}
  spec: {schedules: [{type: Repeating, durationMinutes: 60, value: 100, period: {startTime: "18:00", timezone: UTC, days: [Fri]}}]}
`,
	"zalando.org/v1/namespaces/shop/scalingschedules": "[]",
}

// theirCluster serves them, and returns a kubeconfig.
func theirCluster(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		path := strings.TrimPrefix(r.URL.Path, "/apis/")
		parent, name := path, ""
		if otherKinds[path] == "" {
			parent, name = path[:strings.LastIndexByte(path, '/')], path[strings.LastIndexByte(path, '/')+1:]
		}
		var items []map[string]any
		if err := yaml.Unmarshal([]byte(otherKinds[parent]), &items); err != nil {
			t.Error(err)
		}
		if otherKinds[parent] != "" && name == "" {
			_ = json.NewEncoder(w).Encode(map[string]any{"kind": "HorizontalPodAutoscalerList", "apiVersion": "autoscaling/v2", "metadata": map[string]any{}, "items": items})
			return
		}
		for _, item := range items {
			if item["metadata"].(map[string]any)["name"] == name {
				if item["kind"] == nil {
					item["kind"], item["apiVersion"] = "HorizontalPodAutoscaler", "autoscaling/v2"
				}
				_ = json.NewEncoder(w).Encode(item)
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprint(w, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}`)
	}))
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	config := fmt.Sprintf("{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, namespace: default}}], clusters: [{name: c, cluster: {server: %q}}]}", server.URL)
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestImportFromACluster(t *testing.T) {
	kubeconfig := theirCluster(t)
	for name, tc := range map[string]struct {
		args      string
		code      int
		out, says []string
		not       string
	}{
		"an HPA":                {"hpa web -n shop", exit.OK, []string{"name: web\n  namespace: shop\n", "maxReplicas: 9\n", "minReplicas: 2\n"}, []string{"Note: HorizontalPodAutoscaler shop/web: metadata.managedFields, metadata.uid, status: not carried over"}, "cart"},
		"in mode Shadow":        {"hpa web -n shop --mode Shadow", exit.OK, []string{"  mode: Shadow\n"}, nil, ""},
		"all HPAs":              {"hpa --all -n shop", exit.Negative, []string{"name: web\n", "name: cart\n"}, []string{"Left out: HorizontalPodAutoscaler shop/keda-hpa-jobs: KEDA makes it of ScaledObject jobs"}, ""},
		"no such HPA":           {"hpa api -n shop", exit.Unusable, nil, []string{`Error: horizontalpodautoscalers.autoscaling "api" not found in namespace "shop"; use -n for another namespace`}, ""},
		"the default namespace": {"hpa web", exit.Unusable, nil, []string{`not found in namespace "default"`}, ""},
		"a ScaledObject":        {"scaledobject jobs -n shop --mode Shadow", exit.OK, []string{"name: s0-mine\n", "averageValue: \"3\"\n", "mode: Shadow\n"}, []string{"(as in KEDA's HPA)"}, "shop/web"},
		"all ScaledObjects":     {"scaledobject --all -n shop", exit.OK, []string{"name: worker\n"}, nil, ""},
		"none there":            {"scaledobject --all -n other", exit.Unusable, nil, []string{"Error: the cluster does not have scaledobjects.keda.sh: nothing to import"}, ""},
		"a cronhpa":             {"cronhpa hours -n shop", exit.OK, []string{"kind: HorizontalPodAutoscaler\n    name: web\n", "maxReplicas: 12\n"}, []string{"Note: HorizontalPodAutoscaler shop/web: it stays in place"}, "shop/cart"},
		"schedules":             {"scalingschedule --all -n shop", exit.OK, []string{"name: cart-sale\n", "minReplicas: 10\n"}, []string{"Note: HorizontalPodAutoscaler shop/cart: it stays in place"}, "other"},
		"a schedule by name":    {"scalingschedule sale -n shop", exit.OK, []string{"name: cart-sale\n"}, nil, ""},
		"two ways":              {"hpa web --all", exit.Unusable, nil, []string{"import hpa: Forbidden: only one of NAME, --all and -f FILE"}, ""},
		"no such mode":          {"hpa web --mode Dry", exit.Unusable, nil, []string{`--mode: Unsupported value: "Dry": must be Enforce, Shadow or Paused`}, ""},
		"windows have no mode":  {"cronhpa hours --mode Shadow", exit.Unusable, nil, []string{"unknown flag: --mode"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			code := run(append(strings.Fields("import "+tc.args), "--kubeconfig", kubeconfig), strings.NewReader(""), &out, &errOut)
			if code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			for text, words := range map[string][]string{out.String(): tc.out, errOut.String(): tc.says} {
				for _, w := range words {
					if !strings.Contains(text, w) {
						t.Errorf("no %q in:\n%s", w, text)
					}
				}
			}
			if tc.not != "" && strings.Contains(out.String()+errOut.String(), tc.not) {
				t.Errorf("%q is in the output:\n%s%s", tc.not, &out, &errOut)
			}
			if t.Failed() {
				t.Logf("output:\n%s\nerrors:\n%s", &out, &errOut)
			}
		})
	}
}

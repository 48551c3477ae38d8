package helm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/realnode"
)

// want is the count that the load of the workload needs: 450 requests a second, of which a pod takes 100. Its CPU needs fewer.
const want = 5

// shadowed is the count of the first step: twice the two replicas, which a shadow does not change.
const shadowed = 4

// hpa is what scales the workload before.
const hpa = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 60}
`

// firstAutoscaler does what docs/first-autoscaler.md does: it watches, and then scales.
func (i *installation) firstAutoscaler(t *testing.T) {
	t.Helper()
	shop := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
	if _, err := i.cluster.Client.CoreV1().Namespaces().Create(t.Context(), shop, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := realnode.SetLoad(i.load, 20); err != nil {
		t.Fatal(err)
	}
	web := realnode.Burners("web", i.load, 2, "50m")
	if _, err := i.cluster.Client.AppsV1().Deployments("shop").Create(t.Context(), web, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	i.write(t, "hpa.yaml", hpa)
	i.run(t, "kubectl apply -f "+i.files+"/hpa.yaml")

	watch, enforce := blocks(t, "first-autoscaler.md", "1. Watch", "sh")[0], blocks(t, "first-autoscaler.md", "3. Enforce", "sh")[1]
	i.write(t, "web.yaml", blocks(t, "first-autoscaler.md", "1. Watch", "yaml")[0])
	i.run(t, watch)
	i.eventually(t, "the shadow to recommend 4 replicas", func(ctx context.Context) (bool, string) {
		web := i.web(ctx, t)
		if web.Status.Shadow == nil || web.Status.Shadow.DesiredReplicas != shadowed {
			return false, fmt.Sprintf("%+v", web.Status)
		}
		return true, ""
	})
	i.run(t, watch)
	i.hasReplicas(t, 2)

	i.run(t, "kubectl -n shop delete hpa web") // flyball take-over waits until both agree
	i.run(t, enforce)
	i.eventually(t, "5 ready replicas", func(ctx context.Context) (bool, string) {
		web, err := i.cluster.Client.AppsV1().Deployments("shop").Get(ctx, "web", metav1.GetOptions{})
		return err == nil && web.Status.ReadyReplicas == want, fmt.Sprintf("%+v, %v", web.Status, err)
	})
	events := i.run(t, enforce[strings.LastIndex(enforce, "kubectl"):])
	if !strings.Contains(events, "SuccessfulRescale") {
		t.Error("no event SuccessfulRescale")
	}
	if explained := i.run(t, "flyball explain web -n shop"); !strings.Contains(explained, "→ 5") {
		t.Error("the explanation has no step to 5 replicas")
	}
}

func (i *installation) web(ctx context.Context, t *testing.T) *v1alpha1.HorizontalAutoscaler {
	t.Helper()
	return i.autoscaler(ctx, t, "shop")
}

// autoscaler is the HorizontalAutoscaler web of a namespace.
func (i *installation) autoscaler(ctx context.Context, t *testing.T, namespace string) *v1alpha1.HorizontalAutoscaler {
	t.Helper()
	web, err := i.api.AutoscalingV1alpha1().HorizontalAutoscalers(namespace).Get(ctx, "web", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return web
}

func (i *installation) hasReplicas(t *testing.T, want int32) {
	t.Helper()
	web, err := i.cluster.Client.AppsV1().Deployments("shop").Get(t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if *web.Spec.Replicas != want {
		t.Errorf("web has %d replicas, want %d", *web.Spec.Replicas, want)
	}
}

// decidesAgain waits for a decision after this moment: a new spec has one at once.
func (i *installation) decidesAgain(t *testing.T) {
	t.Helper()
	web := i.web(t.Context(), t)
	web.Spec.MaxReplicas++
	web, err := i.api.AutoscalingV1alpha1().HorizontalAutoscalers("shop").Update(t.Context(), web, metav1.UpdateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	i.eventually(t, "the spec to be observed", func(ctx context.Context) (bool, string) {
		now := i.web(ctx, t)
		return now.Status.ObservedGeneration != nil && *now.Status.ObservedGeneration == web.Generation, fmt.Sprintf("%+v", now.Status)
	})
	i.hasReplicas(t, want)
}

// sight is what an upgrade may not change.
type sight struct {
	UID, Spec string
	LastScale string
	Replicas  int32
	States    []string
}

func (i *installation) look(t *testing.T) sight {
	t.Helper()
	web := i.web(t.Context(), t)
	spec := web.Spec.DeepCopy()
	spec.MaxReplicas = 0 // decidesAgain changes it
	deployment, err := i.cluster.Client.AppsV1().Deployments("shop").Get(t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	seen := sight{UID: string(web.UID), Spec: string(text), Replicas: *deployment.Spec.Replicas}
	if web.Status.LastScaleTime != nil {
		seen.LastScale = web.Status.LastScaleTime.UTC().Format(time.RFC3339)
	}
	states, err := i.cluster.Client.CoreV1().ConfigMaps("flyball").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range states.Items {
		if strings.HasPrefix(state.Name, "flyball-autoscaler-state-") {
			seen.States = append(seen.States, fmt.Sprintf("%s %s", state.Name, state.UID))
		}
	}
	return seen
}

func (before sight) compare(t *testing.T, step string, after sight) {
	t.Helper()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("%s changed what it should keep (-before +after):\n%s", step, diff)
	}
	if len(after.States) == 0 || after.LastScale == "" {
		t.Errorf("after %s nothing is saved: %+v", step, after)
	}
}

// requestsJob makes Prometheus scrape 450 requests a second of web.
func requestsJob(t *testing.T) cluster.ScrapeJob {
	t.Helper()
	begin := time.Now()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, "# TYPE http_requests_total counter\nhttp_requests_total{namespace=\"shop\",app=\"web\"} %f\n", 450*time.Since(begin).Seconds())
	}))
	t.Cleanup(server.Close)
	return cluster.ScrapeJob{Name: "web", Static: []cluster.StaticTarget{{Targets: []string{server.Listener.Addr().String()}}}}
}

package controller

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

// hostile returns an autoscaler with the maximum number of queries, each of the maximum length and nested too deeply.
func hostile(i int) *v1alpha1.HorizontalAutoscaler {
	autoscaler := web()
	autoscaler.Namespace, autoscaler.Name, autoscaler.UID = "hostile", fmt.Sprint("web-", i), types.UID(fmt.Sprint("hostile-", i))
	autoscaler.Spec.ScaleTargetRef.Name = autoscaler.Name
	one := autoscaler.Spec.Metrics[0]
	autoscaler.Spec.Metrics = nil
	for m := range 32 {
		metric := *one.DeepCopy()
		metric.Prometheus.Query = strings.Repeat("(", 4000) + fmt.Sprint("x", m) + strings.Repeat(")", 4000)
		autoscaler.Spec.Metrics = append(autoscaler.Spec.Metrics, metric)
	}
	return autoscaler
}

// TestSlowSpecsDelayOnlyTheirNamespace: specs of one namespace block the compiler. Those of another are compiled, and
// the loop decides for them at its usual times.
func TestSlowSpecsDelayOnlyTheirNamespace(t *testing.T) {
	live(t, func(w *world) {
		w.pass(period)
		release := make(chan struct{})
		usual := w.controller.specs.get
		w.controller.specs.mu.Lock()
		w.controller.specs.get = func(key cache.ObjectName) (*v1alpha1.HorizontalAutoscaler, error) {
			if key.Namespace == "hostile" {
				<-release
			}
			return usual(key)
		}
		w.controller.specs.mu.Unlock()
		client := w.client.AutoscalingV1alpha1().HorizontalAutoscalers("hostile")
		for i := range 30 {
			if _, err := client.Create(w.t.Context(), hostile(i), metav1.CreateOptions{}); err != nil {
				w.t.Fatal(err)
			}
		}
		before := w.readings.count()
		w.pass(10 * period)
		if got := w.readings.count() - before; got != 10 {
			t.Errorf("%d readings in 10 periods, want one in each", got)
		}
		w.readings.set(1000, "")
		w.change(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.MaxReplicas = 6 })
		w.pass(time.Second)
		if got := w.scale.now(); got != 6 {
			t.Errorf("a changed spec is not in force beside those that take long: %d replicas, want 6", got)
		}
		close(release)
		w.pass(2 * period)
		refused, err := client.Get(w.t.Context(), "web-29", metav1.GetOptions{})
		if err != nil {
			w.t.Fatal(err)
		}
		accepted := meta.FindStatusCondition(refused.Status.Conditions, v1alpha1.ConditionAccepted)
		if accepted == nil || accepted.Status != metav1.ConditionFalse || accepted.Reason != v1alpha1.ReasonInvalidSpec ||
			!strings.Contains(accepted.Message, "spec.metrics[31].prometheus.query: Invalid value: ") ||
			!strings.Contains(accepted.Message, "nested more than 64 levels deep") || len(accepted.Message) > 32768 {
			t.Errorf("the condition Accepted is %+v", accepted)
		}
	}, web())
}

// TestOldSpecAppliesUntilNewOneIsCompiled, and the spec of a deleted autoscaler is deleted.
func TestOldSpecAppliesUntilNewOneIsCompiled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		newest, gate := web(), make(chan struct{}, 10)
		var compiled atomic.Int32
		s := newSpecs(policy.StandardDefaults(), func(cache.ObjectName) (*v1alpha1.HorizontalAutoscaler, error) {
			<-gate
			if newest == nil {
				return nil, fmt.Errorf("not found")
			}
			return newest, nil
		}, func(cache.ObjectName) { compiled.Add(1) })
		key := cache.MetaObjectToName(newest)
		s.Add(key)
		synctest.Wait()
		if s.find(key) != nil {
			t.Error("a spec is there before it is compiled")
		}
		gate <- struct{}{}
		synctest.Wait()
		first := s.find(key)
		if first == nil || first.policy == nil || first.rejected != nil {
			t.Fatalf("the first spec is %+v", first)
		}
		newest = newest.DeepCopy()
		newest.Generation, newest.Spec.Metrics[0].Prometheus.Query = 2, "sum("
		s.Add(key)
		s.Add(key)
		synctest.Wait()
		if s.find(key) != first {
			t.Error("the first spec has gone before the second is compiled")
		}
		for range 2 {
			gate <- struct{}{}
		}
		synctest.Wait()
		if second := s.find(key); second == first || second.rejected == nil || second.policy != nil {
			t.Errorf("the second spec is %+v", second)
		}
		newest = nil
		s.Add(key)
		gate <- struct{}{}
		synctest.Wait()
		if s.find(key) != nil || compiled.Load() != 4 || len(s.waiting)+len(s.queued) != 0 {
			t.Errorf("the spec of a deleted autoscaler is %+v; %d specs were reported, want 4", s.find(key), compiled.Load())
		}
	})
}

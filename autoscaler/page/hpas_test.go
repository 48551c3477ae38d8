package page

import (
	"context"
	"errors"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/doctor"
)

// shop is a namespace with the HPA api of the Deployment web, which has 3 replicas and a PodDisruptionBudget that allows no eviction, and with
// the HorizontalAutoscaler web of the same Deployment. It counts how often it is read.
func shop(reads *int) Survey {
	return func(_ context.Context, namespace string, refuse func(kind string) error) (*doctor.Snapshot, error) {
		*reads++
		if namespace != "shop" {
			return nil, errors.New("no answer")
		}
		s := &doctor.Snapshot{Now: noon, NotRead: map[string]string{}, Observe: func([]*corev1.Pod) doctor.Observation { return doctor.Observation{} }}
		for _, one := range surveyed {
			if reason := refuse(one.name); reason != nil {
				s.NotRead[one.name] = reason.Error()
			}
		}
		if refuse("events") == nil {
			return nil, errors.New("the page reads events")
		}
		meta := metav1.ObjectMeta{Namespace: "shop", Name: "web"}
		pods := map[string]string{"app": "web"}
		hpa := autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "api"}}
		hpa.Spec = autoscalingv2.HorizontalPodAutoscalerSpec{MaxReplicas: 7, ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}}
		s.HPAs = append(s.HPAs, hpa)
		own := v1alpha1.HorizontalAutoscaler{ObjectMeta: meta}
		own.Spec.ScaleTargetRef, own.Spec.MaxReplicas = v1alpha1.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}, 9
		s.Autoscalers = append(s.Autoscalers, own)
		s.Deployments = []appsv1.Deployment{{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{
			Replicas: new(int32(3)), Selector: &metav1.LabelSelector{MatchLabels: pods}, Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: pods}},
		}}}
		if refuse("poddisruptionbudgets") == nil {
			s.PDBs = []policyv1.PodDisruptionBudget{{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "strict"}, Spec: policyv1.PodDisruptionBudgetSpec{
				MaxUnavailable: new(intstr.FromInt32(0)), Selector: &metav1.LabelSelector{MatchLabels: pods},
			}}}
		}
		return s, nil
	}
}

// TestPlainHPAsByTheRightsOfTheReader: the list, an HPA and what blocks an autoscaler have what the reader may list, and name the rest.
func TestPlainHPAsByTheRightsOfTheReader(t *testing.T) {
	source := &fake{}
	source.add("shop", "web")
	source.add("bank", "vault")
	own := may{"shop": true, "shop/horizontalpodautoscalers": true, "shop/horizontalautoscalers": true, "shop/deployments": true}
	for name, test := range map[string]struct {
		reader may
		path   string
		code   int
		wanted []string
		not    []string
	}{
		"all":                      {may{"": true}, "hpas/?namespace=shop", 200, []string{"shop/api", "Deployment/web", "PDBBlocksEviction", `class="n">3</td>`, "1–7"}, []string{"Not read"}},
		"an HPA":                   {may{"": true}, "hpas/shop/api", 200, []string{"PodDisruptionBudget strict", "Why this count"}, nil},
		"what blocks":              {may{"": true}, "autoscalers/shop/web", 200, []string{"PodDisruptionBudget strict", "Another autoscaler has the target"}, []string{"Not read"}},
		"without budgets":          {own, "autoscalers/shop/web", 200, []string{"Another autoscaler has the target", "poddisruptionbudgets: you may not list them"}, []string{"strict"}},
		"without budgets, an HPA":  {own, "hpas/shop/api", 200, []string{"poddisruptionbudgets: you may not list them"}, []string{"strict"}},
		"no namespace":             {may{"": true}, "hpas/", 200, []string{"<option>bank</option>", "<option>shop</option>"}, []string{"shop/api"}},
		"one namespace":            {own, "hpas/", 200, []string{"shop/api"}, []string{"bank"}},
		"no right":                 {may{"shop": true}, "hpas/?namespace=shop", 403, []string{"You may not list horizontalpodautoscalers"}, []string{"shop/api"}},
		"no right to the HPA":      {may{"shop": true}, "hpas/shop/api", 403, nil, []string{"Deployment/web"}},
		"no HPA":                   {own, "hpas/shop/none", 404, nil, nil},
		"no answer":                {may{"": true}, "hpas/bank/api", 503, []string{"no answer"}, nil},
		"blocks without an answer": {may{"": true}, "autoscalers/bank/vault", 200, []string{"What blocks", "no answer"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			reads := 0
			handler := serveWith(source, shop(&reads), test.reader)
			answer := get(t, handler, Root+test.path)
			text := answer.Body.String()
			if answer.Code != test.code {
				t.Errorf("got %d, want %d: %s", answer.Code, test.code, text)
			}
			for _, part := range test.wanted {
				if !strings.Contains(text, part) {
					t.Errorf("%q is not in %s", part, text)
				}
			}
			for _, part := range test.not {
				if strings.Contains(text, part) {
					t.Errorf("%q is in %s", part, text)
				}
			}
			before := reads
			get(t, handler, Root+test.path)
			if test.code == 200 && !strings.Contains(text, "no answer") && reads != before {
				t.Error("the namespace is read again at once")
			}
		})
	}
}

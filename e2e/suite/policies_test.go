package suite

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/e2e/testcluster"
)

// TestAdmissionPolicies stores docs/policies/admission.yaml in the API server. Each policy rejects what it is for, with the field,
// the value and the way out, and nothing else. Namespaces without the label are not affected.
func TestAdmissionPolicies(t *testing.T) {
	s := parallelStory(t)
	s.storePolicies("../../docs/policies/admission.yaml")
	s.deploy("web", 1)
	s.patchNamespace(`{"metadata": {"labels": {"flyball.dev/policies": "enforced"}, "annotations": {"autoscaling.flyball.dev/max-replicas": "20"}}}`)
	web := func(fields string) string {
		return autoscaler("web", "  metrics: [{type: Prometheus, prometheus: {query: vector(3), target: {type: AverageValue, averageValue: '1'}}}]\n  "+
			strings.ReplaceAll(fields, "; ", "\n  "))
	}
	const day = `start: "0 8 * * *", duration: 8h`
	window := func(fields string) string {
		return "kind: ScaleWindow\nmetadata: {name: peak}\nspec: {targets: [{kind: HorizontalAutoscaler, name: other}], " + day + ", " + fields + "}"
	}

	// Maximum replicas. A policy is in force some time after it is stored, and so is the label.
	s.rejects(web("maxReplicas: 21; mode: Shadow"), "spec.maxReplicas: Invalid value: 21: with its windows; each autoscaler of namespace "+s.namespace+
		" may have 20 replicas: lower it, or ask the operator to raise the annotation autoscaling.flyball.dev/max-replicas of the namespace")
	s.rejects(web("maxReplicas: 20; mode: Shadow; windows: [{name: a, "+day+", maxReplicas: 5}, {name: b, "+day+", replicas: 22}]"),
		"spec.maxReplicas: Invalid value: 22: with its windows")
	s.rejects(window("maxReplicas: 23"), "spec.maxReplicas: Invalid value: 23: each autoscaler of namespace")
	s.apply(window("replicas: 20"))

	// Shadow before Enforce.
	s.rejects(web("maxReplicas: 20"), `spec.mode: Invalid value: "Enforce": the autoscaler has not decided in Shadow`)
	s.apply(web("maxReplicas: 20; mode: Shadow"))
	s.applyDeployment("web", 2, "1s") // an autoscaler in Shadow writes nothing
	s.eventually("a decision in Shadow", func() (bool, string) {
		shadow := s.autoscaler("web").Status.Shadow
		return shadow != nil && shadow.DesiredReplicas == 3, fmt.Sprint(shadow)
	})
	s.apply(web("maxReplicas: 20; mode: Enforce"))
	s.scalesTo("web", 3)

	// No spec.replicas beside an autoscaler.
	s.rejectsObject(testcluster.Deployment("web", "app: web", 5, "1s", "100m"),
		"spec.replicas: Invalid value: 5: HorizontalAutoscaler web has set 3: remove spec.replicas from the manifest, or change the bounds of the autoscaler")
	s.applyObject(testcluster.Deployment("web", "app: web", 3, "2s", "100m"))
	s.applyDeployment("other", 1, "1s")
	s.applyDeployment("other", 2, "1s") // no autoscaler scales it

	s.rejects(strings.Replace(web("maxReplicas: 20; mode: Enforce"), "kind: Deployment, name: web", "kind: Deployment, name: other", 1),
		"spec.scaleTargetRef: Forbidden: the target may not change while spec.mode is Enforce")
	s.apply(web("maxReplicas: 20; mode: Paused"))
	s.apply(web("maxReplicas: 20; mode: Enforce"))

	s.patchNamespace(`{"metadata": {"labels": {"flyball.dev/policies": null}}}`)
	s.eventually("no policy without the label", func() (bool, string) {
		err := s.tryApply(web("maxReplicas: 1000; mode: Enforce"))
		return err == nil, fmt.Sprint(err)
	})
}

// storePolicies creates the policies and bindings of a file, until the story ends.
func (s *story) storePolicies(path string) {
	s.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	api := s.Client.AdmissionregistrationV1()
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		policy, binding := &admissionv1.ValidatingAdmissionPolicy{}, &admissionv1.ValidatingAdmissionPolicyBinding{}
		switch {
		case bytes.Contains(document, []byte("\nkind: ValidatingAdmissionPolicyBinding\n")):
			if err := yaml.UnmarshalStrict(document, binding); err != nil {
				s.t.Fatal(err)
			}
			_, err = api.ValidatingAdmissionPolicyBindings().Create(s.t.Context(), binding, metav1.CreateOptions{})
		case bytes.Contains(document, []byte("\nkind: ValidatingAdmissionPolicy\n")):
			if err := yaml.UnmarshalStrict(document, policy); err != nil {
				s.t.Fatal(err)
			}
			_, err = api.ValidatingAdmissionPolicies().Create(s.t.Context(), policy, metav1.CreateOptions{})
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	s.t.Cleanup(func() {
		ctx := context.WithoutCancel(s.t.Context())
		all := metav1.ListOptions{}
		if err := api.ValidatingAdmissionPolicyBindings().DeleteCollection(ctx, metav1.DeleteOptions{}, all); err != nil {
			s.t.Error(err)
		}
		if err := api.ValidatingAdmissionPolicies().DeleteCollection(ctx, metav1.DeleteOptions{}, all); err != nil {
			s.t.Error(err)
		}
	})
}

// patchNamespace patches the namespace of the story.
func (s *story) patchNamespace(patch string) {
	s.t.Helper()
	_, err := s.Client.CoreV1().Namespaces().Patch(s.t.Context(), s.namespace, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
}

// rejects applies an object of ours until a policy rejects it with the message.
func (s *story) rejects(manifest, message string) {
	s.t.Helper()
	s.rejectsBy(func() error { return s.tryApply(manifest) }, message)
}

// rejectsObject does the same with any object.
func (s *story) rejectsObject(manifest, message string) {
	s.t.Helper()
	s.rejectsBy(func() error { return s.try(manifest) }, message)
}

func (s *story) rejectsBy(try func() error, message string) {
	s.t.Helper()
	s.eventually("a rejection with "+message, func() (bool, string) {
		err := try()
		return err != nil && strings.Contains(err.Error(), message), fmt.Sprint(err)
	})
}

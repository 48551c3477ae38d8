package chart

import (
	"maps"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// pods are the Deployments that the chart renders with these values.
func pods(t *testing.T, more string) map[string]*appsv1.Deployment {
	t.Helper()
	found := map[string]*appsv1.Deployment{}
	for _, object := range render(t, more).Objects {
		if object.GetKind() == "Deployment" {
			deployment := &appsv1.Deployment{}
			decode(t, object, deployment)
			found[deployment.Name] = deployment
		}
	}
	return found
}

// No value takes the pods out of what the API server admits to a namespace under Pod Security "restricted".
func TestPodsAreAdmittedUnderPodSecurityRestricted(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for name, more := range installations {
		found := pods(t, more)
		if len(found) == 0 {
			t.Errorf("%s has no pods", name)
		}
		for _, deployment := range found {
			pod := deployment.Spec.Template
			result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec))
			if !result.Allowed {
				t.Errorf("%s: %s: %s", name, deployment.Name, result.ForbiddenDetail())
			}
		}
	}
}

func TestPodsRunWithoutPrivileges(t *testing.T) {
	found := pods(t, "")
	for name, deployment := range found {
		pod := deployment.Spec.Template.Spec
		if pod.SecurityContext == nil || pod.SecurityContext.RunAsUser == nil || *pod.SecurityContext.RunAsUser == 0 {
			t.Errorf("%s may run as root", name)
		}
		for _, container := range pod.Containers {
			if own := container.SecurityContext; own == nil || own.ReadOnlyRootFilesystem == nil || !*own.ReadOnlyRootFilesystem {
				t.Errorf("%s: the file system of %s is writable", name, container.Name)
			}
			if container.LivenessProbe == nil || container.ReadinessProbe == nil {
				t.Errorf("%s: %s lacks a probe", name, container.Name)
			}
			for _, size := range []corev1.ResourceList{container.Resources.Requests, container.Resources.Limits} {
				if size.Memory().IsZero() {
					t.Errorf("%s: %s lacks a request or a limit of memory", name, container.Name)
				}
			}
		}
	}
	if names := slices.Sorted(maps.Keys(found)); !slices.Equal(names, []string{"flyball-autoscaler", "flyball-metricsadapter"}) {
		t.Errorf("found the Deployments %q", names)
	}
}

package chart

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	"sigs.k8s.io/yaml"
)

const everything = `
metricsAdapter:
  apis: {custom: true, external: true, resource: true}
  fallthrough: {external: {service: "keda/metrics:443", caConfigMap: keda-ca, metrics: [s0-queue]}}
rulesConfigMaps: {selector: flyball.dev/rules=yes}
`

// typed decodes what the chart renders into the API's own types, so that a misspelt field is an error.
func typed(t *testing.T, rendered *Rendered) []runtime.Object {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, apiregistrationv1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	var objects []runtime.Object
	for _, object := range rendered.Objects {
		document, err := yaml.Marshal(object.Object)
		if err != nil {
			t.Fatal(err)
		}
		decoded, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			t.Errorf("%s %s: %v", object.GetKind(), object.GetName(), err)
			continue
		}
		objects = append(objects, decoded)
	}
	return objects
}

// decode decodes an object strictly into the API's own type.
func decode(t *testing.T, object *unstructured.Unstructured, into any) {
	t.Helper()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, into, true); err != nil {
		t.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
}

func TestRolesGrantNoWildcardAndNoSecret(t *testing.T) {
	roles := 0
	for _, object := range typed(t, render(t, everything)) {
		var name string
		var rules []rbacv1.PolicyRule
		switch role := object.(type) {
		case *rbacv1.ClusterRole:
			name, rules = "ClusterRole "+role.Name, role.Rules
		case *rbacv1.Role:
			name, rules = "Role "+role.Name, role.Rules
		default:
			continue
		}
		roles++
		for _, rule := range rules {
			for _, granted := range slices.Concat(rule.Verbs, rule.APIGroups, rule.Resources, rule.NonResourceURLs) {
				if strings.Contains(granted, "*") || strings.HasPrefix(granted, "secrets") ||
					slices.Contains([]string{"escalate", "bind", "impersonate"}, granted) {
					t.Errorf("%s grants %q in %v", name, granted, rule)
				}
			}
		}
	}
	if roles < 5 {
		t.Errorf("found %d roles, so not all were looked at", roles)
	}
}

// A team without rights in the cluster installs the chart for its own namespace: only kinds of namespaces, and only in two of them.
func TestANamespacedInstallationHasNoObjectOfTheCluster(t *testing.T) {
	for _, object := range typed(t, render(t, installations["namespaced"])) {
		kind := fmt.Sprintf("%T", object)
		meta, err := meta.Accessor(object)
		if err != nil {
			t.Fatal(err)
		}
		if namespace := meta.GetNamespace(); namespace != "flyball-system" && namespace != "shop" {
			t.Errorf("%s %s is in the namespace %q", kind, meta.GetName(), namespace)
		}
	}
}

func TestBindingsNameRolesAndAccountsThatExist(t *testing.T) {
	objects := typed(t, render(t, everything))
	known := []string{"ClusterRole system:auth-delegator", "Role kube-system/extension-apiserver-authentication-reader"}
	var bindings []*rbacv1.RoleBinding
	for _, object := range objects {
		switch o := object.(type) {
		case *rbacv1.ClusterRole:
			known = append(known, "ClusterRole "+o.Name)
		case *rbacv1.Role:
			known = append(known, "Role "+o.Namespace+"/"+o.Name)
		case *corev1.ServiceAccount:
			known = append(known, "ServiceAccount "+o.Namespace+"/"+o.Name)
		case *rbacv1.ClusterRoleBinding:
			bindings = append(bindings, &rbacv1.RoleBinding{ObjectMeta: o.ObjectMeta, RoleRef: o.RoleRef, Subjects: o.Subjects})
		case *rbacv1.RoleBinding:
			bindings = append(bindings, o)
		}
	}
	for _, binding := range bindings {
		role := binding.RoleRef.Kind + " " + binding.RoleRef.Name
		if binding.RoleRef.Kind == "Role" {
			role = "Role " + binding.Namespace + "/" + binding.RoleRef.Name
		}
		if !slices.Contains(known, role) {
			t.Errorf("the binding %s refers to %s, which is not there", binding.Name, role)
		}
		for _, subject := range binding.Subjects {
			if account := subject.Kind + " " + subject.Namespace + "/" + subject.Name; !slices.Contains(known, account) {
				t.Errorf("the binding %s gives rights to %s, which is not there", binding.Name, account)
			}
		}
	}
}

// TestWindowsWriteOnlyTheKindsThatAreNamed: the right to patch a Deployment is the right to run anything. Targets are watched only.
func TestWindowsWriteOnlyTheKindsThatAreNamed(t *testing.T) {
	targets := []string{"apps/deployments: list watch", "apps/statefulsets: list watch"}
	for values, want := range map[string][]string{
		"":                                {"autoscaling/horizontalpodautoscalers: get list watch patch"},
		"autoscaler: {windowTargets: []}": {"autoscaling/horizontalpodautoscalers: list watch"},
		"autoscaler: {windowTargets: [{apiGroup: batch, resources: [cronjobs]}]}": {
			"batch/cronjobs: get list watch patch", "autoscaling/horizontalpodautoscalers: list watch",
		},
	} {
		var got []string
		for _, rule := range autoscalerRules(t, values) {
			for _, resource := range rule.Resources {
				if slices.Contains([]string{"horizontalpodautoscalers", "cronjobs", "deployments", "statefulsets"}, resource) {
					got = append(got, rule.APIGroups[0]+"/"+resource+": "+strings.Join(rule.Verbs, " "))
				}
			}
		}
		if want = slices.Concat(targets, want); !slices.Equal(got, want) {
			t.Errorf("with %q windows may write %q, want %q", values, got, want)
		}
	}
}

// TestTargetsAreWatchedAndWrittenByTheirScale: the autoscaler lists and watches each kind that it may scale, and writes it only
// through its scale subresource; a Job has none.
func TestTargetsAreWatchedAndWrittenByTheirScale(t *testing.T) {
	got := map[string]string{}
	for _, rule := range autoscalerRules(t, "autoscaler: {scalable: [{apiGroup: argoproj.io, resources: [rollouts]}]}") {
		for _, resource := range rule.Resources {
			got[resource] = strings.Join(rule.Verbs, " ")
		}
	}
	for _, kind := range []string{"deployments", "replicasets", "statefulsets", "replicationcontrollers", "rollouts"} {
		if got[kind] != "list watch" || got[kind+"/scale"] != "get update" {
			t.Errorf("the autoscaler may %q %s and %q their scale", got[kind], kind, got[kind+"/scale"])
		}
	}
	if got["jobs"] != "get list watch patch" {
		t.Errorf("the autoscaler may %q jobs", got["jobs"])
	}
}

// autoscalerRules are the autoscaler's rights in the whole cluster, by a chart with these values.
func autoscalerRules(t *testing.T, values string) []rbacv1.PolicyRule {
	t.Helper()
	for _, object := range typed(t, render(t, values)) {
		if role, ok := object.(*rbacv1.ClusterRole); ok && role.Name == "flyball-autoscaler" {
			return role.Rules
		}
	}
	t.Fatalf("with %q the chart has no role flyball-autoscaler", values)
	return nil
}

// TestPodsAreWrittenOnlyWhereThatIsAskedFor: the right to patch a pod is the right to change what it runs.
func TestPodsAreWrittenOnlyWhereThatIsAskedFor(t *testing.T) {
	for values, want := range map[string]string{"": "list watch", "autoscaler: {markPods: true}": "list watch patch"} {
		var got []string
		for _, rule := range autoscalerRules(t, values) {
			if slices.Contains(rule.Resources, "pods") && rule.APIGroups[0] == "" {
				got = append(got, strings.Join(rule.Verbs, " "))
			}
		}
		if !slices.Equal(got, []string{want}) {
			t.Errorf("with %q the autoscaler may %q pods, want %q", values, got, want)
		}
	}
}

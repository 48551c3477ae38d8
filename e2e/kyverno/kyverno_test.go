package kyverno

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	policies "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	"github.com/kyverno/kyverno/pkg/cel/engine"
	"github.com/kyverno/kyverno/pkg/cel/libs"
	"github.com/kyverno/kyverno/pkg/cel/matching"
	"github.com/kyverno/kyverno/pkg/cel/policies/vpol/compiler"
	validating "github.com/kyverno/kyverno/pkg/cel/policies/vpol/engine"
	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// cases are the requests of testdata/cases.yaml.
type cases struct {
	Existing []*unstructured.Unstructured `json:"existing"`
	Cases    []struct {
		Name, Policy, Want string
		Object, Old        *unstructured.Unstructured
		Namespace          *corev1.Namespace
	} `json:"cases"`
}

// TestPoliciesInKyvernosEngine sends each request through Kyverno's engine with all policies. Without the label of the
// namespace none rejects anything.
func TestPoliciesInKyvernosEngine(t *testing.T) {
	read := readCases(t)
	existing := libs.NewFakeContextProvider()
	for _, object := range read.Existing {
		if err := existing.AddResource(resource(object), object); err != nil {
			t.Fatal(err)
		}
	}
	libs.LibraryContext = existing // what resource.List reads
	provider, err := validating.NewProvider(compiler.NewCompiler(), readPolicies(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range read.Cases {
		t.Run(c.Name, func(t *testing.T) {
			// The other policies have the same request, and may reject it, too.
			if got := rejections(t, provider, existing, c.Object, c.Old, c.Namespace)[c.Policy]; got != c.Want {
				t.Errorf("got %q, want %q", got, c.Want)
			}
			unlabeled := c.Namespace.DeepCopy()
			unlabeled.Labels = nil
			for name, message := range rejections(t, provider, existing, c.Object, c.Old, unlabeled) {
				t.Errorf("without the label of the namespace, %s rejects: %s", name, message)
			}
		})
	}
}

func readCases(t *testing.T) cases {
	t.Helper()
	text, err := os.ReadFile("testdata/cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var read cases
	if err := yaml.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Cases) < 20 {
		t.Fatalf("read only %d cases", len(read.Cases))
	}
	return read
}

func readPolicies(t *testing.T) []policies.ValidatingPolicyLike {
	t.Helper()
	text, err := os.ReadFile("../../docs/policies/kyverno.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all []policies.ValidatingPolicyLike
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		policy := &policies.ValidatingPolicy{}
		if err := yaml.UnmarshalStrict(document, policy); err != nil {
			t.Fatal(err)
		}
		if policy.Name == "" {
			continue // the comment at the head of the file
		}
		if got, want := policy.APIVersion, policies.GroupVersion.String(); got != want {
			t.Errorf("%s has apiVersion %s, and Kyverno stores %s", policy.Name, got, want)
		}
		all = append(all, policy)
	}
	if len(all) != 5 {
		t.Fatalf("read %d policies", len(all))
	}
	return all
}

// rejections are the messages of the policies that match the request, by their names; empty where one accepts.
func rejections(
	t *testing.T, provider validating.Provider, existing libs.Context, object, old *unstructured.Unstructured, namespace *corev1.Namespace,
) map[string]string {
	t.Helper()
	operation, oldObject := admissionv1.Create, runtime.Object(nil)
	if old != nil {
		operation, oldObject = admissionv1.Update, old
	}
	request := engine.Request(existing, object.GroupVersionKind(), resource(object), "", object.GetName(), namespace.Name, operation,
		authenticationv1.UserInfo{Username: "tenant"}, object, oldObject, false, nil)
	response, err := validating.NewEngine(provider, func(string) *corev1.Namespace { return namespace }, matching.NewMatcher()).Handle(t.Context(), request, nil)
	if err != nil {
		t.Fatal(err)
	}
	messages := map[string]string{}
	for _, policy := range response.Policies {
		for _, rule := range policy.Rules {
			switch status := string(rule.Status()); {
			case status == "fail":
				messages[policy.Policy.GetName()] = rule.Message()
			case !slices.Contains([]string{"pass", "skip"}, status):
				t.Errorf("%s: %s: %s", policy.Policy.GetName(), status, rule.Message())
			}
		}
	}
	return messages
}

func resource(object *unstructured.Unstructured) schema.GroupVersionResource {
	kind := object.GroupVersionKind()
	return kind.GroupVersion().WithResource(strings.ToLower(fmt.Sprint(kind.Kind, "s")))
}

package chart

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"
)

// celPolicy is a policy of admission.yaml or of kyverno.yaml, which have the same fields for expressions.
type celPolicy struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		MatchConditions []namedExpression `json:"matchConditions"`
		Variables       []namedExpression `json:"variables"`
		Validations     []struct {
			Expression        string `json:"expression"`
			Message           string `json:"message"`
			MessageExpression string `json:"messageExpression"`
		} `json:"validations"`
	} `json:"spec"`
}

type namedExpression struct {
	Name       string `json:"name"`
	Expression string `json:"expression"`
}

// celPolicies are the policies of a kind in a file of docs/policies, by their names.
func celPolicies(t *testing.T, file, kind string) map[string]celPolicy {
	t.Helper()
	text, err := os.ReadFile("../../docs/policies/" + file)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]celPolicy{}
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		var p celPolicy
		if err := yaml.Unmarshal(document, &p); err != nil {
			t.Fatal(err)
		}
		if p.Kind == kind {
			found[p.Metadata.Name] = p
		}
	}
	return found
}

// The policies for Kyverno are those for the API server, word for word, except for the two that list other objects.
func TestKyvernoPoliciesAreThoseOfAdmission(t *testing.T) {
	admission, kyverno := celPolicies(t, "admission.yaml", "ValidatingAdmissionPolicy"), celPolicies(t, "kyverno.yaml", "ValidatingPolicy")
	if len(admission) != 4 || len(kyverno) != 5 {
		t.Fatalf("there are %d and %d policies", len(admission), len(kyverno))
	}
	for name, want := range admission {
		if diff := cmp.Diff(want.Spec, kyverno[name].Spec); diff != "" && name != "flyball-no-replicas" {
			t.Errorf("%s differs (-admission +kyverno):\n%s", name, diff)
		}
	}
}

// TestKyvernoPolicies evaluates each policy.
func TestKyvernoPolicies(t *testing.T) {
	type object = map[string]any
	autoscaler := func(name, mode string, most int64) object {
		return object{
			"kind": "HorizontalAutoscaler", "metadata": object{"name": name, "namespace": "shop"},
			"spec": object{"mode": mode, "maxReplicas": most, "scaleTargetRef": object{"kind": "Deployment", "name": name}},
		}
	}
	deployment := func(name string, replicas int64) object {
		return object{"kind": "Deployment", "metadata": object{"name": name, "namespace": "shop"}, "spec": object{"replicas": replicas}}
	}
	bounded := object{"metadata": object{"name": "shop", "annotations": object{"autoscaling.flyball.dev/max-total-replicas": "50"}}}
	plain := object{"metadata": object{"name": "shop"}}
	twenty := object{"metadata": object{"name": "shop", "annotations": object{"autoscaling.flyball.dev/max-replicas": "20"}}}
	withWindows := autoscaler("web", "Shadow", 5)
	withWindows["spec"].(object)["windows"] = []any{object{"minReplicas": int64(2)}, object{"maxReplicas": int64(21)}, object{"replicas": int64(7)}}
	scaleWindow := func(field string, n int64) object { return object{"spec": object{field: n}} }
	decided := autoscaler("web", "Shadow", 5)
	decided["status"] = object{"decision": object{}}
	scaledBefore := autoscaler("web", "Paused", 5)
	scaledBefore["status"] = object{"lastScaleTime": "2026-01-01T00:00:00Z"}
	const notDecided = `spec.mode: Invalid value: "Enforce": the autoscaler has not decided in Shadow: apply it with spec.mode: Shadow, compare ` +
		"status.shadow with the replicas of the target, and set Enforce once status.decision is there"
	existing := []any{autoscaler("web", "Enforce", 20), autoscaler("api", "Shadow", 20)}
	for name, test := range map[string]struct {
		policy                 string
		object, old, namespace object
		want                   string
	}{
		"replicas beside an autoscaler": {
			"flyball-no-replicas", deployment("web", 5), deployment("web", 3), plain,
			"spec.replicas: Invalid value: 5: HorizontalAutoscaler web has set 3: remove spec.replicas from the manifest, or change the bounds of the autoscaler",
		},
		"the replicas that it set": {"flyball-no-replicas", deployment("web", 3), deployment("web", 3), plain, ""},
		"beside one in Shadow":     {"flyball-no-replicas", deployment("api", 5), deployment("api", 3), plain, ""},
		"beside none":              {"flyball-no-replicas", deployment("other", 5), deployment("other", 3), plain, ""},
		"more than the annotation": {
			"flyball-max-replicas", autoscaler("web", "Shadow", 21), nil, twenty,
			"spec.maxReplicas: Invalid value: 21: with its windows; each autoscaler of namespace shop may have 20 replicas: lower it, or ask the operator to raise " +
				"the annotation autoscaling.flyball.dev/max-replicas of the namespace",
		},
		"more in a window": {
			"flyball-max-replicas", withWindows, nil, twenty,
			"spec.maxReplicas: Invalid value: 21: with its windows; each autoscaler of namespace shop may have 20 replicas: lower it, or ask the operator to raise " +
				"the annotation autoscaling.flyball.dev/max-replicas of the namespace",
		},
		"as many as the annotation": {"flyball-max-replicas", autoscaler("web", "Shadow", 20), nil, twenty, ""},
		"100 without an annotation": {"flyball-max-replicas", autoscaler("web", "Shadow", 100), nil, plain, ""},
		"a ScaleWindow within":      {"flyball-window-max-replicas", scaleWindow("minReplicas", 900), nil, twenty, ""},
		"a ScaleWindow with more": {
			"flyball-window-max-replicas", scaleWindow("replicas", 21), nil, twenty,
			"spec.replicas: Invalid value: 21: each autoscaler of namespace shop may have 20 replicas: lower it, or ask the operator to raise " +
				"the annotation autoscaling.flyball.dev/max-replicas of the namespace",
		},
		"Enforce at once":           {"flyball-shadow-first", autoscaler("web", "Enforce", 5), nil, plain, notDecided},
		"Enforce before a decision": {"flyball-shadow-first", autoscaler("web", "Enforce", 5), autoscaler("web", "Shadow", 5), plain, notDecided},
		"Enforce after a decision":  {"flyball-shadow-first", autoscaler("web", "Enforce", 5), decided, plain, ""},
		"Enforce after a pause":     {"flyball-shadow-first", autoscaler("web", "Enforce", 5), scaledBefore, plain, ""},
		"Enforce as before":         {"flyball-shadow-first", autoscaler("web", "Enforce", 6), autoscaler("web", "Enforce", 5), plain, ""},
		"Shadow at once":            {"flyball-shadow-first", autoscaler("web", "Shadow", 5), nil, plain, ""},
		"another target under Enforce": {
			"flyball-shadow-first", autoscaler("web", "Enforce", 5), autoscaler("api", "Enforce", 5), plain,
			"spec.scaleTargetRef: Forbidden: the target may not change while spec.mode is Enforce: set spec.mode: Shadow with the new target first",
		},
		"too many in total": {
			"flyball-total-max-replicas", autoscaler("new", "Shadow", 11), nil, bounded,
			"spec.maxReplicas: Invalid value: 11: the other autoscalers of namespace shop have a maxReplicas of 40 in total, and the namespace may have 50: " +
				"lower it, or ask the operator to raise the annotation autoscaling.flyball.dev/max-total-replicas of the namespace",
		},
		"just enough in total":           {"flyball-total-max-replicas", autoscaler("new", "Shadow", 10), nil, bounded, ""},
		"an update counts itself once":   {"flyball-total-max-replicas", autoscaler("web", "Enforce", 30), existing[0].(object), bounded, ""},
		"a namespace without annotation": {"flyball-total-max-replicas", autoscaler("new", "Shadow", 1000), nil, plain, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inputs := object{"object": test.object, "oldObject": nil, "namespaceObject": test.namespace}
			if test.old != nil {
				inputs["oldObject"] = test.old
			}
			got := celPolicies(t, "kyverno.yaml", "ValidatingPolicy")[test.policy].rejection(t, existing, inputs)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// rejection evaluates a policy and returns its message; empty where it accepts. listed is what resource.List returns.
func (p celPolicy) rejection(t *testing.T, listed []any, inputs map[string]any) string {
	t.Helper()
	env := kyvernoEnvironment(t, listed)
	evaluate := func(expression string) ref.Val {
		t.Helper()
		ast, issues := env.Compile(expression)
		if issues.Err() != nil {
			t.Fatal(issues.Err())
		}
		program, err := env.Program(ast)
		if err != nil {
			t.Fatal(err)
		}
		value, _, err := program.Eval(inputs)
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		return value
	}
	for _, condition := range p.Spec.MatchConditions {
		if evaluate(condition.Expression) != types.True {
			return ""
		}
	}
	variables := map[string]any{}
	inputs["variables"] = variables
	for _, v := range p.Spec.Variables {
		variables[v.Name] = evaluate(v.Expression)
	}
	for _, v := range p.Spec.Validations {
		if evaluate(v.Expression) == types.True {
			continue
		}
		if v.MessageExpression == "" {
			return v.Message
		}
		return fmt.Sprint(evaluate(v.MessageExpression).Value())
	}
	return ""
}

// kyvernoEnvironment is the API server's environment for expressions with Kyverno's resource.List.
func kyvernoEnvironment(t *testing.T, listed []any) *cel.Env {
	t.Helper()
	base, err := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).Env(environment.StoredExpressions)
	if err != nil {
		t.Fatal(err)
	}
	list := func(arguments ...ref.Val) ref.Val {
		if got := fmt.Sprint(arguments[0].Value(), " ", arguments[1].Value(), " ", arguments[2].Value()); !strings.Contains(got, "autoscaling.flyball.dev/v1alpha1 horizontalautoscalers shop") {
			return types.NewErr("it lists %s", got)
		}
		return types.DefaultTypeAdapter.NativeToValue(map[string]any{"items": listed})
	}
	env, err := base.Extend(
		cel.Variable("object", cel.DynType), cel.Variable("oldObject", cel.DynType), cel.Variable("namespaceObject", cel.DynType),
		cel.Variable("variables", cel.MapType(cel.StringType, cel.DynType)),
		cel.Function("resource.List", cel.Overload("resource_list", []*cel.Type{cel.StringType, cel.StringType, cel.StringType}, cel.DynType, cel.FunctionBinding(list))),
	)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

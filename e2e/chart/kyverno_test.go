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
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
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

// TestKyvernoPolicies evaluates each policy over the cases on which e2e/kyverno runs Kyverno's engine.
func TestKyvernoPolicies(t *testing.T) {
	text, err := os.ReadFile("../kyverno/testdata/cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Existing []unstructured.Unstructured `json:"existing"`
		Cases    []struct {
			Name, Policy, Want     string
			Object, Old, Namespace unstructured.Unstructured
		} `json:"cases"`
	}
	if err := yaml.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Cases) < 20 {
		t.Errorf("read only %d cases", len(read.Cases))
	}
	var existing []any
	for _, object := range read.Existing {
		existing = append(existing, object.Object)
	}
	policies := celPolicies(t, "kyverno.yaml", "ValidatingPolicy")
	for _, c := range read.Cases {
		t.Run(c.Name, func(t *testing.T) {
			inputs := map[string]any{
				"object": c.Object.Object, "oldObject": nil, "namespaceObject": c.Namespace.Object,
				"request": map[string]any{"operation": "CREATE"},
			}
			if c.Old.Object != nil {
				inputs["oldObject"], inputs["request"] = c.Old.Object, map[string]any{"operation": "UPDATE"}
			}
			if got := policies[c.Policy].rejection(t, existing, inputs); got != c.Want {
				t.Errorf("got %q, want %q", got, c.Want)
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
		cel.Variable("request", cel.DynType),
		cel.Variable("variables", cel.MapType(cel.StringType, cel.DynType)),
		cel.Function("resource.List", cel.Overload("resource_list", []*cel.Type{cel.StringType, cel.StringType, cel.StringType}, cel.DynType, cel.FunctionBinding(list))),
	)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

package plan_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/prometheus/common/model"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/promtest"
	"flyball.dev/flyball/metricsadapter/rule"
)

var evening = time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)

// randomTemplate returns the template of a query with nested operations.
func randomTemplate(r *rand.Rand, depth int) string {
	if depth == 0 {
		return oneOf(r, `x{<<.LabelMatchers>>}`, `x{<<.LabelMatchers>>}`, `y{<<.LabelMatchers>>,code!="1"}`, `rate(x{<<.LabelMatchers>>}[2m])`, `z`,
			`y{namespace="<<index .LabelValuesByName "namespace">>",pod=~"<<index .LabelValuesByName "pod">>"}`,
			`x{namespace=~"<<index .LabelValuesByName "namespace">>"}`, `z{code=~"<<index .LabelValuesByName "pod">>|2"}`)
	}
	inner := func() string { return "(" + randomTemplate(r, depth-1) + ")" }
	grouping := oneOf(r, `<<.GroupBy>>`, `<<.GroupBy>>`, `<<.GroupBy>>, code`, `pod`, `pod, namespace`, `namespace`, `code`, ``)
	switch r.IntN(13) {
	case 0, 1, 2:
		return oneOf(r, "sum", "min", "max", "count", "avg") + oneOf(r, " by (", " by (", " without (") + grouping + ") " + inner()
	case 3:
		return inner() + oneOf(r, " + ", " - ", " * ", " / ") + oneOf(r, "", "on (namespace, pod) ", "on (pod) ", "ignoring (code) ", "ignoring (namespace) ") + inner()
	case 4:
		joined := "(max by (" + oneOf(r, "pod", "pod, namespace", "code", "namespace") + ") " + inner() + ")"
		return inner() + " * " + oneOf(r, "on (pod)", "on (code)", "on (namespace)", "ignoring (code)") + " group_left (" + oneOf(r, "", "", "namespace", "pod") + ") " + joined
	case 5:
		return inner() + oneOf(r, " > ", " < bool ") + oneOf(r, "50", inner())
	case 6, 7:
		return inner() + oneOf(r, " and ", " unless ", " or ") + oneOf(r, "", "on (namespace) ", "on (pod) ", "on () ") + inner()
	case 8:
		return oneOf(r, "abs", "-", "ceil") + inner()
	case 9:
		return `label_replace(` + inner() + `, "` + oneOf(r, "namespace", "zone", "pod") + `", "$1", "` + oneOf(r, "code", "pod") + `", "(.*)")`
	case 10:
		return "topk by (" + grouping + ") (1, " + inner() + ")"
	case 11:
		return inner() + " / " + oneOf(r, "scalar", "vector(1) + scalar") + "(sum(" + inner() + "))"
	}
	return inner() + oneOf(r, " or vector(0)", " + vector(3)", " and vector(1)", " or on () absent(x{<<.LabelMatchers>>})")
}

func oneOf(r *rand.Rand, texts ...string) string { return texts[r.IntN(len(texts))] }

// randomSeries returns a server with series of three metrics in two namespaces and two pods; some series are missing.
func randomSeries(r *rand.Rand) *promtest.Server {
	server := promtest.New()
	for _, name := range []string{"x", "y", "z"} {
		for _, namespace := range []string{"a", "b"} {
			for _, pod := range []string{"p1", "p2"} {
				for _, code := range []string{"1", "2"} {
					if r.IntN(3) == 0 {
						continue
					}
					for instant := evening.Add(-3 * time.Minute); !instant.After(evening); instant = instant.Add(30 * time.Second) {
						server.Add(instant, math.Round(100*r.Float64()), "__name__", name, "namespace", namespace, "pod", pod, "code", code)
					}
				}
			}
		}
	}
	return server
}

// upstream renders a query as prometheus-adapter does, by text substitution. groupBy is empty for an external metric.
func upstream(t *testing.T, text, namespace, pod, groupBy string) string {
	t.Helper()
	data := struct {
		LabelMatchers     string
		LabelValuesByName map[string]string
		GroupBy           string
	}{fmt.Sprintf("namespace=%q", namespace), map[string]string{"namespace": namespace}, groupBy}
	if pod != "" {
		data.LabelMatchers += fmt.Sprintf(",pod=%q", pod)
		data.LabelValuesByName["pod"] = pod
	}
	var out strings.Builder
	if err := template.Must(template.New("").Delims("<<", ">>").Parse(text)).Execute(&out, data); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// inOtherNamespace reports whether an element has the label of another namespace. Where a rule reads such series,
// prometheus-adapter returns them in every namespace, and Flyball does not.
func inOtherNamespace(s *model.Sample, namespace string) bool {
	reported, ok := s.Metric["namespace"]
	return ok && string(reported) != namespace
}

// ask returns the answer of a query, and false where the query fails, for example because of many-to-many matching.
func ask(t *testing.T, server *promtest.Server, query string) (model.Vector, bool) {
	t.Helper()
	answer, err := server.Query(t.Context(), prom.Request{Query: query, Time: evening})
	return answer.Vector, err == nil
}

// TestCustomValuesMatchUpstream compares the values that Flyball reads with one query for all objects with those that
// prometheus-adapter reads with a query for each object.
func TestCustomValuesMatchUpstream(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	compared, scopes := 0, map[rule.Scope]int{}
	for range 800 {
		text := randomTemplate(r, 1+r.IntN(3))
		set := resolveOne(t, "rules", text)
		if set == nil {
			continue
		}
		found := set.FindCustom(rule.Pods.Resource, "x", "shop")
		server := randomSeries(r)
		for _, place := range []plan.ObjectRef{{Namespace: "a", Object: "p1"}, {Namespace: "b", Object: "p1"}, {Namespace: "b", Object: "p2"}} {
			want, ok := ask(t, server, upstream(t, text, place.Namespace, place.Object, "pod"))
			want = slices.DeleteFunc(want, func(s *model.Sample) bool {
				return string(s.Metric["pod"]) != place.Object || inOtherNamespace(s, place.Namespace)
			})
			if !ok || len(want) > 1 {
				continue // prometheus-adapter returns an arbitrary one of several values
			}
			q, filter, err := plan.ForRule(&found.MetricQuery, plan.Selector{}, place)
			if err != nil {
				if len(want) > 0 {
					t.Fatalf("%s\nis never read, because %v; upstream reads %v", text, err, want)
				}
				continue
			}
			got, ok := ask(t, server, q.Text)
			if !ok {
				continue
			}
			table := plan.NewTable(q, got, "")
			value := table.Merge(table.Object(place.Namespace, place.Object), filter, found.Result.Aggregation)
			same := value.State == plan.Absent && len(want) == 0 ||
				len(want) == 1 && (value.State == plan.Known && near(value.Number, float64(want[0].Value)) ||
					value.State == plan.Unknown && (math.IsNaN(float64(want[0].Value)) || math.IsInf(float64(want[0].Value), 0)))
			if !same {
				t.Fatalf("%s\nof %v, scope %d, is asked as\n%s\nand gives %+v; upstream reads %v by\n%s", text, place, found.Scope, q.Text, value, want,
					upstream(t, text, place.Namespace, place.Object, "pod"))
			}
			compared++
			scopes[found.Scope] += len(want)
		}
	}
	t.Logf("%d values compared, present by scope: %v", compared, scopes)
	if compared < 1000 || scopes[rule.ClusterScope] < 100 || scopes[rule.NamespaceScope] < 20 || scopes[rule.ObjectScope] < 100 {
		t.Errorf("only %d values were compared, of which were there by scope: %v", compared, scopes)
	}
}

// TestExternalValuesMatchUpstream compares all rows of external metrics in the same way. Flyball's rows also have a namespace.
func TestExternalValuesMatchUpstream(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	compared, scopes := 0, map[rule.Scope]int{}
	for range 400 {
		text := strings.ReplaceAll(randomTemplate(r, 1+r.IntN(3)), `<<index .LabelValuesByName "pod">>`, "p1")
		text = strings.NewReplacer("(<<.GroupBy>>)", "(code)", "<<.GroupBy>>, ", "", "<<.GroupBy>>", "pod").Replace(text)
		set := resolveOne(t, "externalRules", text)
		if set == nil {
			continue
		}
		found := set.FindExternal("x", "shop")
		server := randomSeries(r)
		for _, namespace := range []string{"a", "b"} {
			want, ok := ask(t, server, upstream(t, text, namespace, "", ""))
			q, _, err := plan.ForRule(&found.MetricQuery, plan.Selector{}, plan.ObjectRef{Namespace: namespace})
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			got, alsoOK := ask(t, server, q.Text)
			if !ok || !alsoOK {
				continue
			}
			table := plan.NewTable(q, got, "")
			rows := table.Namespace(namespace)
			if found.Labels.Namespace == "" {
				rows = table.Rows()
			}
			if found.Labels.Namespace != "" {
				want = slices.DeleteFunc(want, func(s *model.Sample) bool { return inOtherNamespace(s, namespace) })
			}
			if wanted, had := multiset(want), rowset(rows); wanted != had {
				t.Fatalf("%s\nof %s, scope %d, is asked as\n%s\nand gives\n%s\nupstream reads\n%s", text, namespace, found.Scope, q.Text, had, wanted)
			}
			compared++
			scopes[found.Scope] += len(want)
		}
	}
	t.Logf("%d answers compared, rows by scope: %v", compared, scopes)
	if compared < 400 || scopes[rule.ClusterScope] < 200 || scopes[rule.NamespaceScope] < 100 {
		t.Errorf("only %d answers were compared, with rows by scope: %v", compared, scopes)
	}
}

// resolveOne returns a set with a rule of the template; nil where the template is invalid.
func resolveOne(t *testing.T, part, text string) *rule.Set {
	t.Helper()
	rules := part + ":\n- seriesQuery: x{namespace!=\"\",pod!=\"\"}\n" +
		"  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}\n  metricsQuery: '" + text + "'\n"
	loaded, problems, err := rule.Load([]byte(rules))
	if err != nil {
		t.Fatal(err, rules)
	}
	set, more := loaded.Resolve(nil, rule.Builtin)
	if len(problems)+len(more) > 0 {
		return nil // for example a many-to-many join, which the text shows
	}
	return set
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b)) }

// multiset returns the elements in sorted order, without their name and namespace.
func multiset(vector model.Vector) string {
	var all []string
	for _, s := range vector {
		labels := map[string]string{}
		for name, value := range s.Metric {
			labels[string(name)] = string(value)
		}
		all = append(all, element(labels, float64(s.Value)))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func rowset(rows []plan.Row) string {
	var all []string
	for i := range rows {
		labels := map[string]string{}
		for _, l := range rows[i].OtherLabels {
			labels[l.Name] = l.Value
		}
		value := rows[i].Value
		if rows[i].Problem != "" {
			value = math.NaN()
		}
		all = append(all, element(labels, value))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func element(labels map[string]string, value float64) string {
	delete(labels, "namespace")
	delete(labels, "__name__")
	if math.IsInf(value, 0) {
		value = math.NaN()
	}
	return fmt.Sprintf("%v %.9g", labels, value)
}

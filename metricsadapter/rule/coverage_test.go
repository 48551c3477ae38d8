package rule

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
)

// matcher parses a matcher on the namespace, such as ="a".
func matcher(t *testing.T, text string) *labels.Matcher {
	t.Helper()
	s, err := parseSelector("x{namespace" + text + "}")
	if err != nil {
		t.Fatal(err)
	}
	return s.onLabels()[0]
}

// TestOverlap compares the relation of two coverages with the namespaces that each contains.
func TestOverlap(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 1))
	texts := []string{`!=""`, `="a"`, `="b"`, `!="a"`, `=~"a|b"`, `=~"b|c"`, `!~"a|b"`, `=~"a.*"`, `!~"a.*"`, `=~".+"`, `=~"ab|ac"`}
	names := []string{"a", "b", "c", "ab", "ac", "bc"}
	seen := map[relation]int{}
	for range 5000 {
		some := func() (Coverage, []string) {
			var matchers []*labels.Matcher
			var written []string
			for range random.IntN(3) {
				text := texts[random.IntN(len(texts))]
				matchers, written = append(matchers, matcher(t, text)), append(written, text)
			}
			return coverageOf(matchers), written
		}
		a, writtenA := some()
		b, writtenB := some()
		got := a.relationTo(b)
		seen[got]++
		for _, name := range names {
			switch inA, inB := a.Contains(name), b.Contains(name); {
			case got == disjoint && inA && inB:
				t.Fatalf("%v and %v are told to be apart, and both have %s", writtenA, writtenB, name)
			case got == superset && inB && !inA:
				t.Fatalf("%v is told to cover %v, and lacks %s", writtenA, writtenB, name)
			}
		}
	}
	for _, o := range []relation{disjoint, overlapping, superset} {
		if seen[o] < 100 {
			t.Errorf("overlap %d was seen %d times only", o, seen[o])
		}
	}
}

// resolved returns the rules of a file; all of them must be valid.
func resolved(t *testing.T, text string) *Set {
	t.Helper()
	loaded, problems, err := Load([]byte(text))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	set, problems := loaded.Resolve(nil, Builtin)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return set
}

func TestRulesWithOneNameServeTheirOwnNamespaces(t *testing.T) {
	set := resolved(t, `
external:
- {name: open, query: 'sum by (namespace) (orders{namespace="alpha"})'}
- {name: open, query: 'sum by (namespace) (jobs{namespace="beta"})'}
- {name: open, query: 'sum by (namespace) (others)'}
custom:
- {name: rate, query: 'sum by (namespace, pod) (rate(a{namespace="alpha"}[2m]))'}
- {name: rate, query: 'sum by (namespace, pod) (rate(b{namespace=~"beta|gamma"}[2m]))'}
- {name: spend, describes: namespaces, query: 'sum by (namespace) (a{namespace="alpha"})'}
- {name: spend, describes: namespaces, query: 'sum by (namespace) (b{namespace!="alpha"})'}
`)
	for namespace, want := range map[string][3]string{
		"alpha": {"orders", "rate(a", "(a{"},
		"beta":  {"jobs", "rate(b", "(b{"},
		"gamma": {"others", "rate(b", "(b{"},
		"delta": {"others", "", "(b{"},
	} {
		external, custom, spend := set.FindExternal("open", namespace), set.FindCustom(Pods.Resource, "rate", namespace), set.FindCustom(Namespaces.Resource, "spend", namespace)
		if external == nil || !strings.Contains(external.Expr.String(), want[0]) {
			t.Errorf("in %s open is %v, want %s", namespace, external, want[0])
		}
		if (custom == nil) != (want[1] == "") || custom != nil && !strings.Contains(custom.Expr.String(), want[1]) {
			t.Errorf("in %s rate is %v, want %q", namespace, custom, want[1])
		}
		if spend == nil || !strings.Contains(spend.Expr.String(), want[2]) {
			t.Errorf("of %s spend is %v, want %q", namespace, spend, want[2])
		}
	}
	if len(set.Findings) > 0 {
		t.Errorf("the findings are %v", set.Findings)
	}
}

func TestRulesWithOneNameInSeveralDocuments(t *testing.T) {
	alpha := resolved(t, `external: [{name: open, query: 'sum by (namespace) (orders{namespace="alpha"})'}]`)
	all := resolved(t, `external: [{name: open, query: 'sum by (namespace) (orders{namespace!=""})'}]`)
	both := Merge(alpha, all)
	if got := both.FindExternal("open", "alpha"); got != alpha.External[0] {
		t.Errorf("in alpha it is %v", got)
	}
	if got := both.FindExternal("open", "beta"); got != all.External[0] {
		t.Errorf("in beta it is %v", got)
	}
	if only := Merge(all, alpha); len(only.External) != 1 || only.FindExternal("open", "alpha") != all.External[0] {
		t.Errorf("behind a rule of all namespaces there are %d rules", len(only.External))
	}
}

// TestNamespaceIndependentRuleServesRemainingNamespaces: the query of the rule does not depend on the namespace. The matcher of
// seriesQuery makes the rule the preferred one in its namespace, and excludes it from no other namespace.
func TestNamespaceIndependentRuleServesRemainingNamespaces(t *testing.T) {
	const rule = `{seriesQuery: 'NAME{namespace="NS"}', resources: {overrides: {namespace: {resource: namespace}}}, name: {as: open}, metricsQuery: 'sum(NAME{namespace="NS"})'}`
	of := func(name, namespace string) string {
		return strings.NewReplacer("NAME", name, "NS", namespace).Replace(rule)
	}
	set := resolved(t, "externalRules:\n- "+of("a", "alpha")+"\n- "+of("b", "beta")+"\n")
	for namespace, want := range map[string]string{"alpha": "sum(a{", "beta": "sum(b{", "gamma": "sum(b{"} {
		if got := set.FindExternal("open", namespace); got == nil || !strings.HasPrefix(got.Expr.String(), want) {
			t.Errorf("in %s it is %v, want %s", namespace, got, want)
		}
	}
}

func TestLowerCaseNames(t *testing.T) {
	set := resolved(t, `
external:
- {name: MailQueue, query: 'sum by (namespace) (a)'}
- {name: Twice, query: 'sum by (namespace) (b)'}
- {name: tWice, query: 'sum by (namespace) (c)'}
- {name: Shared, query: 'sum by (namespace) (d{namespace="alpha"})'}
- {name: sHared, query: 'sum by (namespace) (e{namespace="beta"})'}
- {name: Taken, query: 'sum by (namespace) (f)'}
- {name: taken, query: 'sum by (namespace) (g)'}
`)
	for _, test := range []struct{ name, namespace, want string }{
		{"MailQueue", "alpha", "MailQueue"},
		{"mailqueue", "alpha", "MailQueue"},
		{"mailQueue", "alpha", ""},
		{"twice", "alpha", ""},
		{"tWice", "alpha", "tWice"},
		{"shared", "alpha", "Shared"},
		{"shared", "beta", "sHared"},
		{"shared", "gamma", ""},
		{"taken", "alpha", "taken"},
		{"Taken", "alpha", "Taken"},
	} {
		got := ""
		if r := set.FindExternal(test.name, test.namespace); r != nil {
			got = r.Name
		}
		if got != test.want {
			t.Errorf("%s in %s finds %q, want %q", test.name, test.namespace, got, test.want)
		}
	}
}

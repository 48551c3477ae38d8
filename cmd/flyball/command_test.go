package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/cmd/flyball/internal/explain"
)

// example is the bundle that docs/bundles.md shows.
const example = "../../docs/examples/bundle.yaml"

const page = `scale out from 3 to 4: query: 203.334 per replica, target 100 → 7 (direct); scale-up limit: 2 pods per 1m; 3 replicas now, 1 added within 1m: at most 4 → 4

Replicas  3 current, 4 desired, min 2, max 20
Targets   cpu: 105%/60%, query: 203.334/100
Steps
  Current           3 → 3     target has 3 replicas
  Pods              3 → 3     pods: 2 serving, 1 starting
  Metric            3 → 4     cpu: utilization 105%, target 60%; 2 ready pods, 1 missing; with assumed values for missing and unready pods: 3 pods at 1.167× target → 4 (api)
  Metric            3 → 7     query: 203.334 per replica, target 100 → 7 (direct)
  Highest           3 → 7     highest proposal: query → 7
  RatePolicy        7 → 4     scale-up limit: 2 pods per 1m; 3 replicas now, 1 added within 1m: at most 4 → 4
`

const olderSamples = `keep 12: messages_out: average 24, target 40; 12 ready pods; sample 30s old, taken over 20 pods → 12

Replicas  12 current, 12 desired, min 2, max 40
Targets   messages_out: 24/40
Steps
  Current          12 → 12    target has 12 replicas
  Metric           12 → 12    messages_out: average 24, target 40; 12 ready pods; sample 30s old, taken over 20 pods → 12
`

// TestDecideAndExplain runs the program as a shell does.
func TestDecideAndExplain(t *testing.T) {
	for name, tc := range map[string]struct {
		args      string
		stdin     string // a file
		code      int
		out, says string // says is part of what goes to the standard error; nothing goes there where it is empty
	}{
		"decide the documented example":    {args: "decide -f " + example, out: page},
		"explain it":                       {args: "explain -f " + example, out: page},
		"from the standard input":          {args: "decide --filename - --output text", stdin: example, out: page},
		"another decision":                 {args: "decide -f testdata/other-decision.yaml", code: 1, out: page, says: "the replay differs: it decides 4 replicas, the bundle has 6\n"},
		"explain compares nothing":         {args: "explain -f testdata/other-decision.yaml", out: page},
		"nothing to compare with":          {args: "decide -f testdata/no-decision.yaml", out: page},
		"an unknown field":                 {args: "decide -f testdata/unknown-field.yaml", code: 2, says: "Error: testdata/unknown-field.yaml: unknown field \"observation.replicas\"\n"},
		"an unknown field to explain":      {args: "explain -f testdata/unknown-field.yaml", code: 2, says: "unknown field"},
		"no bundle on the standard input":  {args: "decide -f -", stdin: os.DevNull, code: 2, says: "Error: standard input: apiVersion is \"\""},
		"samples older than the scale-in":  {args: "decide -f testdata/older-samples.yaml", out: olderSamples},
		"no such file":                     {args: "decide -f testdata/none.yaml", code: 2, says: "open testdata/none.yaml: no such file"},
		"no file":                          {args: "decide", code: 2, says: `required flag(s) "filename" not set`},
		"an argument":                      {args: "decide bundle.yaml", code: 2, says: "unknown command \"bundle.yaml\""},
		"a format that is none":            {args: "decide -f " + example + " -o table", code: 2, says: "must be one of [text json yaml]"},
		"a command that is none":           {args: "forecast", code: 2, says: `unknown command "forecast"`},
		"a format comes before everything": {args: "decide -f testdata/none.yaml -o xml", code: 2, says: "must be one of [text json yaml]"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := shell(t, tc.stdin, tc.args)
			if code != tc.code {
				t.Errorf("exit code %d, want %d: %s", code, tc.code, errOut)
			}
			if diff := cmp.Diff(tc.out, out); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if !strings.Contains(errOut, tc.says) || (tc.says == "") != (errOut == "") {
				t.Errorf("the standard error has %q, want %q", errOut, tc.says)
			}
		})
	}
}

// TestJSONAndYAMLAgreeWithThePage decodes both, and looks for their steps in the page.
func TestJSONAndYAMLAgreeWithThePage(t *testing.T) {
	_, asJSON, _ := shell(t, "", "decide -f testdata/other-decision.yaml -o json")
	_, asYAML, _ := shell(t, "", "decide -f testdata/other-decision.yaml -o yaml")
	var fromJSON, fromYAML decisionJSON
	if err := json.Unmarshal([]byte(asJSON), &fromJSON); err != nil {
		t.Fatalf("%v in %s", err, asJSON)
	}
	if err := yaml.Unmarshal([]byte(asYAML), &fromYAML); err != nil {
		t.Fatalf("%v in %s", err, asYAML)
	}
	if diff := cmp.Diff(fromJSON, fromYAML); diff != "" {
		t.Errorf("JSON and YAML differ:\n%s", diff)
	}
	r := fromJSON
	if r.Autoscaler != "shop/web" || r.Current != 3 || r.Desired != 4 || *r.Min != 2 || *r.Max != 20 || *r.Decided != 6 || *r.Same {
		t.Errorf("the report is %+v", r)
	}
	if !strings.HasPrefix(page, r.Reason+"\n") || !strings.Contains(page, r.Targets) {
		t.Errorf("the page does not say what the report does: %q, %q", r.Reason, r.Targets)
	}
	if len(r.Steps) != 6 || len(r.Conditions) != 3 {
		t.Errorf("%d steps and %d conditions: %+v", len(r.Steps), len(r.Conditions), r)
	}
	for _, s := range r.Steps {
		if !strings.Contains(page, s.Detail) {
			t.Errorf("the page lacks the step %+v", s)
		}
	}
}

func TestHelpListsTheExitCodes(t *testing.T) {
	code, out, _ := shell(t, "", "decide --help")
	if code != 0 || !strings.Contains(out, explain.DecideExitCodes) {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// shell runs the program with the words of a line.
func shell(t *testing.T, stdin, line string) (code int, out, errOut string) {
	t.Helper()
	in := bytes.NewReader(nil)
	if stdin != "" {
		text, err := os.ReadFile(stdin)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	var stdout, stderr bytes.Buffer
	code = run(strings.Fields(line), in, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

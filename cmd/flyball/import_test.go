package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
)

func TestImportExitCodesAndOutput(t *testing.T) {
	const hpaAlone = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 9
  behavior: {scaleDown: {stabilizationWindowSeconds: 60}}
`
	const adapterRules = `rules:
- seriesQuery: 'http_requests_total{namespace!="",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  name: {as: "${1}_per_second", matches: ^(.*)_total}
  metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'
`
	read := func(kind string) string {
		text, err := os.ReadFile("internal/importing/testdata/" + kind + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	kedaAlone, cronHPAs := read("scaledobject"), read("cronhpa")
	for name, tc := range map[string]struct {
		args, text string
		code       int
		out, says  string
	}{
		"objects":         {"import scaledobject -f -", kedaAlone, exit.OK, "kind: ScaleWindow\nmetadata:\n  name: office-cron\n  namespace: shop\n", "Changed: "},
		"autoscaler":      {"import scaledobject -f -", kedaAlone, exit.OK, "kind: HorizontalAutoscaler\nmetadata:\n  name: web\n  namespace: shop\n", "Changed: "},
		"inline":          {"import scaledobject -f - --inline", kedaAlone, exit.OK, "# of HorizontalAutoscaler/web\nwindows:\n- end: 10 22 * * *\n", "Note: HorizontalAutoscaler web: --inline prints only its windows"},
		"not all":         {"import scaledobject -f -", strings.Replace(kedaAlone, "timezone: UTC", "timezone: Mars", 1), exit.Negative, "name: office-cron", "not everything was imported\n"},
		"partly":          {"import scaledobject -f - --allow-partial", strings.Replace(kedaAlone, "timezone: UTC", "timezone: Mars", 1), exit.OK, "name: office-cron", "Left out: "},
		"a job missing":   {"import cronhpa -f -", strings.Replace(cronHPAs, "0 0 8 * * 1-5", "@every 5m", 1), exit.Negative, "", "none of its jobs is imported"},
		"nothing":         {"import cronhpa -f -", kedaAlone, exit.Unusable, "", "Error: standard input: no object that import cronhpa reads\n"},
		"nothing, partly": {"import cronhpa -f - --allow-partial", strings.ReplaceAll(cronHPAs, "alibabacloud.com", "cce.io"), exit.Negative, "", "nothing was imported\n"},
		"no object":       {"import cronhpa -f -", "- 1", exit.Unusable, "", "document 1: not a Kubernetes object"},
		"a number":        {"import scaledobject -f -", strings.Replace(kedaAlone, `"10"`, "10", 1), exit.Negative, "", "must be a string"},
		"no file":         {"import scalingschedule", "", exit.Unusable, "", `Error: import scalingschedule: Required value: NAME of an object in the cluster, --all, or -f FILE`},
		"no zone":         {"import cronhpa -f - --time-zone Mars", cronHPAs, exit.Unusable, "", `--time-zone: Invalid value: "Mars"`},
		"HPA":             {"import hpa -f -", hpaAlone, exit.OK, "kind: HorizontalAutoscaler\nmetadata:\n  name: web\n", "must not scale the target at the same time"},
		"misspelt in HPA": {"import hpa -f -", strings.Replace(hpaAlone, "scaleDown", "scaledown", 1), exit.Negative, "", "spec.behavior.scaledown"},
		"no such kind":    {"import scaledobjects -f -", "", exit.Unusable, "", "did you mean scaledobject"},
		"a product":       {"import keda", "", exit.Unusable, "", "did you mean scaledobject"},
		"no kind":         {"import", "", exit.Unusable, "", "name a subcommand"},
		"adapter rules":   {"import prometheus-adapter -f -", adapterRules, exit.OK, "rules: |\n  rules:\n  - seriesQuery: ", "no rule gives CPU and memory"},
		"a wrong rule":    {"import prometheus-adapter -f -", strings.Replace(adapterRules, "by (", "bye (", 1), exit.Negative, "rules: |\n", "not every rule is in force: see the findings\n"},
		"rules, partly":   {"import prometheus-adapter -f - --allow-partial", strings.Replace(adapterRules, "by (", "bye (", 1), exit.OK, "rules: |\n", "error   rules[0]"},
		"no rules":        {"import prometheus-adapter -f -", kedaAlone, exit.Unusable, "", "no rules found in ScaledObject"},
		"no ConfigMap":    {"import prometheus-adapter", "", exit.Unusable, "", "import prometheus-adapter: Required value: CONFIGMAP"},
		"two sources":     {"import prometheus-adapter config -f -", "", exit.Unusable, "", "only one of CONFIGMAP and -f FILE"},
		"another group":   {"rules chekc", "", exit.Unusable, "", `flyball rules: Unsupported value: "chekc"`},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			code := run(strings.Fields(tc.args), strings.NewReader(tc.text), &out, &errOut)
			if code != tc.code || !strings.Contains(out.String(), tc.out) || !strings.Contains(errOut.String(), tc.says) {
				t.Errorf("exit code %d, want %d; output:\n%s\nerrors:\n%s", code, tc.code, &out, &errOut)
			}
		})
	}
}

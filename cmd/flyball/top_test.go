package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// rowsOf is what the autoscaler serves for a path below /debug/summary.
func rowsOf(path string) string {
	if path == "/empty" {
		return `{"sharded":false,"total":0,"items":[]}`
	}
	if path == "/watch" {
		return shadowRows
	}
	ago := func(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339Nano) }
	api := fmt.Sprintf(`{"namespace": "shop", "name": "api", "reference": "Deployment/api", "mode": "Enforce", "current": 12, "desired": 12, "min": 2, "max": 12,
		"targets": "cpu: 91%%/60%%", "limit": "TooManyReplicas", "sampleTime": %q, "lastScaleTime": %q, "time": %q}`, ago(12*time.Minute+30*time.Second), ago(3*time.Hour+time.Minute), ago(2*time.Second))
	web := fmt.Sprintf(`{"namespace": "shop", "name": "web", "reference": "Deployment/web", "mode": "Shadow", "current": 3, "desired": 5, "min": 2, "max": 20,
		"targets": "cpu: 80%%/60%%, query: 203.334/100", "sampleTime": %q, "time": %q}`, ago(40*time.Minute+30*time.Second), ago(2*time.Second))
	paused := `{"namespace": "shop", "name": "jobs", "reference": "Deployment/jobs", "mode": "Paused", "current": 1, "desired": 1, "limit": "Paused"}`
	rows := []string{api, paused, web}
	if path == "" {
		rows = append([]string{`{"namespace": "bank", "name": "ledger", "reference": "StatefulSet/ledger", "current": 40, "desired": 40, "min": 1, "max": 50, "targets": "lag: 9/10"}`}, rows...)
	}
	total := len(rows)
	if path == "/taken" {
		total++
	}
	return fmt.Sprintf(`{"sharded":false,"total":%d,"items":[%s]}`, total, strings.Join(rows, ","))
}

const topPage = `NAME   REFERENCE         TARGETS                            MINPODS     MAXPODS     REPLICAS   DESIRED   LIMIT             SAMPLE AGE   LAST SCALE
api    Deployment/api    cpu: 91%/60%                       2           12          12         12        TooManyReplicas   12m          3h1m
jobs   Deployment/jobs   <none>                             <unknown>   <unknown>   1          1         Paused            <unknown>    <none>
web    Deployment/web    cpu: 80%/60%, query: 203.334/100   2           20          3          5         <none>            40m          <none>
`

const topOfAll = `NAMESPACE   NAME     REFERENCE            TARGETS                            MINPODS     MAXPODS     REPLICAS   DESIRED   LIMIT             SAMPLE AGE   LAST SCALE
bank        ledger   StatefulSet/ledger   lag: 9/10                          1           50          40         40        <none>            <unknown>    <none>
shop        api      Deployment/api       cpu: 91%/60%                       2           12          12         12        TooManyReplicas   12m          3h1m
shop        web      Deployment/web       cpu: 80%/60%, query: 203.334/100   2           20          3          5         <none>            40m          <none>
shop        jobs     Deployment/jobs      <none>                             <unknown>   <unknown>   1          1         Paused            <unknown>    <none>
`

const topOfStatuses = `NAME     REFERENCE        TARGETS        MINPODS     MAXPODS     REPLICAS    DESIRED     LIMIT    SAMPLE AGE   LAST SCALE
broken   /                <none>         <unknown>   <unknown>   <unknown>   <unknown>   <none>   <unknown>    <none>
web      Deployment/web   cpu: 30%/60%   <unknown>   <unknown>   3           2           <none>   <unknown>    <none>
`

// TestTop runs the command against an API server and the leader's pod.
func TestTop(t *testing.T) {
	kubeconfig := apiServer(t)
	const fallback = "Note: the figures are those of the statuses, up to 3h1m old: "
	const columns = "must be one of change, desired, last-scale, limit, name, reference, replicas, sample-age"
	for name, tc := range map[string]struct {
		args      string
		code      int
		out, says string
	}{
		"from memory":                    {args: "top -n shop --token ann", out: topPage},
		"of all namespaces, sorted":      {args: "top -A --sort-by replicas --token ann", out: topOfAll},
		"names":                          {args: "top -n shop -o name --token ann", out: "horizontalautoscaler.autoscaling.flyball.dev/api\nhorizontalautoscaler.autoscaling.flyball.dev/jobs\nhorizontalautoscaler.autoscaling.flyball.dev/web\n"},
		"names, by limit":                {args: "top -n shop -o name --sort-by=limit --token ann", out: "horizontalautoscaler.autoscaling.flyball.dev/jobs\nhorizontalautoscaler.autoscaling.flyball.dev/api\nhorizontalautoscaler.autoscaling.flyball.dev/web\n"},
		"names, the oldest sample first": {args: "top -n shop -o name --sort-by=sample-age --token ann", out: "horizontalautoscaler.autoscaling.flyball.dev/jobs\nhorizontalautoscaler.autoscaling.flyball.dev/web\nhorizontalautoscaler.autoscaling.flyball.dev/api\n"},
		"names, the largest change":      {args: "top -n shop -o name --sort-by=change --token ann", out: "horizontalautoscaler.autoscaling.flyball.dev/web\nhorizontalautoscaler.autoscaling.flyball.dev/api\nhorizontalautoscaler.autoscaling.flyball.dev/jobs\n"},
		"names, the latest change":       {args: "top -n shop -o name --sort-by=last-scale --token ann", out: "horizontalautoscaler.autoscaling.flyball.dev/api\nhorizontalautoscaler.autoscaling.flyball.dev/jobs\nhorizontalautoscaler.autoscaling.flyball.dev/web\n"},
		"names, of a mode":               {args: "top -n shop -o name --field-selector spec.mode=Shadow --token ann", out: "horizontalautoscaler.autoscaling.flyball.dev/web\n"},
		"names, with a limit":            {args: "top -A -o name --field-selector limit!=,metadata.name!=jobs --token ann", out: "horizontalautoscaler.autoscaling.flyball.dev/api\n"},
		"names, of labels":               {args: "top -n shop -o name -l team=none --token ann", says: "No resources found in shop namespace.\n"},
		"names, of labels, of statuses":  {args: "top -n shop -o name -l team=none --lease idle", says: "No resources found in shop namespace.\n"},
		"a field that is none":           {args: "top --field-selector spec.maxReplicas=5", code: 2, says: `--field-selector: Unsupported value: "spec.maxReplicas": supported fields: metadata.name, metadata.namespace, spec.mode, status.reference, limit`},
		"a selector that is none":        {args: "top -l team===", code: 2, says: `--selector: Invalid value: "team===": `},
		"an empty namespace":             {args: "top -n empty --token ann", says: "No resources found in empty namespace.\n"},
		"an empty list as JSON":          {args: "top -n empty --token ann -o json", out: "{\n  \"source\": \"autoscaler\",\n  \"items\": []\n}\n"},
		"a row that is missing":          {args: "top -n taken -o name --sort-by=name --token ann", out: "horizontalautoscaler.autoscaling.flyball.dev/api\nhorizontalautoscaler.autoscaling.flyball.dev/jobs\nhorizontalautoscaler.autoscaling.flyball.dev/web\n", says: "Note: 1 of 4 autoscalers are missing: no replica of the autoscaler has decided about them yet\n"},
		"no rights":                      {args: "top -n shop --token bob", out: topOfStatuses, says: fallback + "reading from pod flyball/flyball-1: 403 Forbidden: bob may not\n"},
		"no leader":                      {args: "top -n shop -o name --lease idle", out: "horizontalautoscaler.autoscaling.flyball.dev/broken\nhorizontalautoscaler.autoscaling.flyball.dev/web\n", says: fallback + "lease flyball/idle has no holder"},
		"no kind":                        {args: "top -n none --token bob", code: 2, says: "Error: listing HorizontalAutoscalers: "},
		"a column that is none":          {args: "top --sort-by age", code: 2, says: `invalid argument "age" for "--sort-by" flag: ` + columns},
		"an argument":                    {args: "top web", code: 2, says: `unknown command "web"`},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := shell(t, "", tc.args+" --kubeconfig "+kubeconfig)
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
	_, asJSON, _ := shell(t, "", "top -n shop -o json --token bob --kubeconfig "+kubeconfig)
	var r struct {
		Source string
		Items  []struct{ Name, Targets string }
	}
	if err := json.Unmarshal([]byte(asJSON), &r); err != nil || r.Source != "status" || len(r.Items) != 2 || r.Items[1].Targets != "cpu: 30%/60%" {
		t.Errorf("%v: %+v", err, r)
	}
}

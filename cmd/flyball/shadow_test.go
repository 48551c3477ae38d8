package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shadowRows is what the autoscaler serves about the namespace watch.
var shadowRows = func() string {
	row := func(name, mode, comparison string) string {
		return `{"namespace": "watch", "name": "` + name + `", "mode": "` + mode + `", "reference": "Deployment/` + name + `", "current": 6, "desired": 7, "reason": "highest proposal: cpu → 7", "shadow": {"desiredReplicas": 7` + comparison + `}}`
	}
	compared := func(seconds, known, hours, short string) string {
		return `, "comparison": {"since": "2026-11-29T09:00:00Z", "generation": 1, "observedSeconds": ` + seconds + `, "agreedSeconds": 80000, "knownSeconds": ` + known + `, "differences": 2,
			"autoscaler": {"podSeconds": ` + hours + `, "shortPodSeconds": ` + short + `, "shortSeconds": 600}, "target": {"podSeconds": 432000, "shortPodSeconds": 7200, "shortSeconds": 3600},
			"causes": [{"name": "Damping", "differences": 1, "seconds": 6000, "podSeconds": 18000, "largest": 4}, {"name": "OlderSamples", "differences": 1, "seconds": 400, "podSeconds": -400, "largest": -1}],
			"lastDifference": {"time": "2026-11-30T08:00:00Z", "desiredReplicas": 7, "replicas": 6, "cause": "OlderSamples"}}`
	}
	return `{"total": 6, "items": [` + strings.Join([]string{
		row("better", "Shadow", compared("86400", "86400", "414000", "360")),
		row("dear", "Shadow", compared("86400", "86400", "864000", "7200")),
		row("fixed", "Enforce", ""),
		row("late", "Shadow", compared("86400", "86400", "414000", "72000")),
		row("new", "Shadow", ""),
		row("unmeasured", "Shadow", compared("86400", "43200", "414000", "360")),
		row("young", "Shadow", compared("1800", "1800", "414000", "360")),
	}, ",") + `]}`
}()

const shadowPage = `Autoscaler      watch/better
Target          Deployment/better, 6 replicas; the autoscaler decides 7
Reason          highest proposal: cpu → 7
Compared        24h since 2026-11-29T09:00:00Z
Agreed          92.59 % of the time; 2 differences
Last            2026-11-30T08:00:00Z: decided 7, the target had 6: OlderSamples

             POD-HOURS   SHORT POD-HOURS   SHORT FOR
autoscaler   115.0       0.1               10m
target       120.0       2.0               60m

CAUSE          DIFFERENCES   TIME    LARGEST   POD-HOURS   EXPLANATION
Damping        1             100m    +4        +5.0        spec.damping forecasts or holds
OlderSamples   1             6m40s   -1        -0.1        the correction OlderSamples of a decision of autoscaling/v2

Recommendation: take over with flyball take-over better -n watch: pod-hours -4.2 %, shortage 0.1 instead of 2.0 pod-hours
`

func TestShadowReport(t *testing.T) {
	kubeconfig := apiServer(t)
	for name, tc := range map[string]struct {
		args      string
		code      int
		out, says string
	}{
		"better":              {args: "better --token ann", out: shadowPage},
		"short":               {args: "late --token ann -o json", code: 1, out: "review OlderSamples: the decisions would have been short of 20.0 pod-hours, and the target was short of 2.0", says: "Taking over is not recommended: Review\n"},
		"costs more":          {args: "dear --token ann -o yaml", code: 1, out: "review Damping: the decisions would have used 240.0 pod-hours instead", says: "Taking over is not recommended: Review\n"},
		"half of it unknown":  {args: "unmeasured --token ann", code: 1, out: "mend the metrics: one had no value for 50.0 % of the time; flyball explain unmeasured -n watch has the reason", says: "Taking over is not recommended: FixMetrics\n"},
		"half an hour":        {args: "young --token ann", code: 1, out: "watch for longer: 30m is compared, and the recommendation requires 60m; a day shows a daily load", says: "Taking over is not recommended: Watch\n"},
		"enforced":            {args: "fixed --token ann", code: 2, says: "Error: HorizontalAutoscaler watch/fixed has spec.mode Enforce: only Shadow compares; use flyball explain for its decisions\n"},
		"nothing compared":    {args: "new --token ann", code: 2, says: "Error: HorizontalAutoscaler watch/new has no comparison yet: no decision was made; use flyball explain for the reason\n"},
		"no such object":      {args: "none --token ann", code: 2, says: "Error: HorizontalAutoscaler \"none\" not found in namespace \"watch\"; use -n for another namespace\n"},
		"no name":             {args: "", code: 2, says: "accepts 1 arg(s), received 0"},
		"an unknown encoding": {args: "better -o wide", code: 2, says: "must be one of [table json yaml]"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := shell(t, "", "shadow report "+tc.args+" --kubeconfig "+kubeconfig+" -n watch")
			if code != tc.code {
				t.Errorf("exit code %d, want %d: %s", code, tc.code, errOut)
			}
			if !strings.HasSuffix(tc.out, "\n") && strings.Contains(out, tc.out) {
				out = tc.out // a part of the page
			}
			if diff := cmp.Diff(tc.out, out); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if !strings.Contains(errOut, tc.says) || (tc.says == "") != (errOut == "") {
				t.Errorf("the standard error has %q, want %q", errOut, tc.says)
			}
		})
	}
	_, asJSON, _ := shell(t, "", "shadow report better -n watch -o json --token ann --kubeconfig "+kubeconfig)
	var r struct {
		Source, Verdict string
		Agreed          float64
		Autoscaler      struct{ PodHours, ShortPodHours float64 }
		Causes          []struct{ Name, Explanation string }
	}
	if err := json.Unmarshal([]byte(asJSON), &r); err != nil || r.Source != "autoscaler" || r.Verdict != "TakeOver" || r.Agreed != 0.9259 ||
		r.Autoscaler.PodHours != 115 || r.Autoscaler.ShortPodHours != 0.1 || len(r.Causes) != 2 || r.Causes[0].Explanation == "" {
		t.Errorf("%v: %+v", err, r)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
)

// TestExamplesOfTheGuideToWindows: docs/windows.md shows the files of its commands, and they have no warning.
func TestExamplesOfTheGuideToWindows(t *testing.T) {
	guide, err := os.ReadFile("../../docs/windows.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"windows.yaml", "scalewindow.yaml"} {
		example, err := os.ReadFile("../../docs/examples/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(guide), "```yaml\n"+string(example)+"```") {
			t.Errorf("docs/windows.md differs from docs/examples/%s", file)
		}
		if _, warnings := answered(t, string(example), "--at 2026-03-27T21:55:00+01:00", new(any)); warnings != "" {
			t.Errorf("docs/examples/%s: %s", file, warnings)
		}
	}
}

const (
	autoscaler = `
apiVersion: autoscaling.flyball.dev/v1alpha1
kind: HorizontalAutoscaler
metadata: {name: web, labels: {tier: batch}}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 60
  windows:
`
	everywhere = `
---
apiVersion: v1
kind: Secret
---
# nothing
---
apiVersion: v1
kind: List
items:
- apiVersion: autoscaling.flyball.dev/v1alpha1
  kind: ScaleWindow
  metadata: {name: everywhere}
  spec:
    targets:
    - {kind: HorizontalAutoscaler, selector: {matchLabels: {tier: batch}}}
    - {kind: HorizontalAutoscaler, selector: {matchLabels: {tier: none}}}
    - {kind: HorizontalPodAutoscaler, name: old}
    start: "0 12 * * *"
    duration: 1h
    minReplicas: 5
`
)

// answered runs flyball windows on the objects, and decodes its JSON.
func answered(t *testing.T, objects, args string, into any) (code int, errOut string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(append(strings.Fields("windows -f - -o json"), strings.Fields(args)...), strings.NewReader(objects), &out, &errs)
	if code != exit.OK {
		return code, errs.String()
	}
	decoder := json.NewDecoder(&out)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	return code, errs.String()
}

func TestWindowsListsOccurrences(t *testing.T) {
	const day = "--from 2026-03-08 --to 2026-03-09"
	for name, tc := range map[string]struct {
		objects, args string
		want          []occurrence
		warns         []string
	}{
		"from its time on, and before the other": {
			autoscaler + `  - {name: b, start: "0 0,12 * * *", duration: 30m, minReplicas: 3}`, day,
			[]occurrence{
				{"b", "HorizontalAutoscaler/web", "2026-03-08T00:00:00Z", "2026-03-08T00:30:00Z"},
				{"b", "HorizontalAutoscaler/web", "2026-03-08T12:00:00Z", "2026-03-08T12:30:00Z"},
			},
			nil,
		},
		"by start, then by window": {
			autoscaler + `
  - {name: b, start: "0 12 * * *", duration: 30m, minReplicas: 3}
  - {name: c, start: "0 8 * * *", duration: 30m, minReplicas: 3}
  - {name: a, start: "0 13 * * *", duration: 30m, minReplicas: 3, timeZone: Europe/Berlin}`, day,
			[]occurrence{
				{"c", "HorizontalAutoscaler/web", "2026-03-08T08:00:00Z", "2026-03-08T08:30:00Z"},
				{"a", "HorizontalAutoscaler/web", "2026-03-08T13:00:00+01:00", "2026-03-08T13:30:00+01:00"},
				{"b", "HorizontalAutoscaler/web", "2026-03-08T12:00:00Z", "2026-03-08T12:30:00Z"},
			},
			nil,
		},
		"of many targets": {
			autoscaler + "    []\n" + everywhere, day,
			[]occurrence{
				{"everywhere", "HorizontalAutoscaler/[tier=none]", "2026-03-08T12:00:00Z", "2026-03-08T13:00:00Z"},
				{"everywhere", "HorizontalAutoscaler/web", "2026-03-08T12:00:00Z", "2026-03-08T13:00:00Z"},
				{"everywhere", "HorizontalPodAutoscaler/old", "2026-03-08T12:00:00Z", "2026-03-08T13:00:00Z"},
			},
			nil,
		},
		"suspended": {
			autoscaler + `  - {name: b, start: "0 0,12 * * *", duration: 30m, minReplicas: 3, suspend: true}`, day, []occurrence{}, nil,
		},
		"windows that never open": {
			autoscaler + `
  - {name: a, start: "0 0 31 2 *", duration: 30m, minReplicas: 3}
  - {name: b, start: "0 0 * * 1", end: "0 8 * * *", only: ["2026-03-08"], minReplicas: 3}`, day,
			[]occurrence{},
			[]string{
				`window a of HorizontalAutoscaler/web never opens: spec.windows[0].start: "0 0 31 2 *" never comes: no month of any year has that day`,
				`window b of HorizontalAutoscaler/web never opens: spec.windows[1].only: leaves out every date on which the window could open: "0 0 * * 1" comes on none that is left`,
			},
		},
		"a contradiction": {
			autoscaler + `
  - {name: low, start: "0 8 * * *", duration: 2h, maxReplicas: 5}
  - {name: high, start: "0 9 * * *", duration: 2h, minReplicas: 10}
  - {name: higher, start: "0 9 * * *", duration: 1s, minReplicas: 10, priority: 1}`, day,
			[]occurrence{
				{"low", "HorizontalAutoscaler/web", "2026-03-08T08:00:00Z", "2026-03-08T10:00:00Z"},
				{"high", "HorizontalAutoscaler/web", "2026-03-08T09:00:00Z", "2026-03-08T11:00:00Z"},
				{"higher", "HorizontalAutoscaler/web", "2026-03-08T09:00:00Z", "2026-03-08T09:00:01Z"},
			},
			[]string{"windows high and low of HorizontalAutoscaler/web contradict each other from 2026-03-08T09:00:00Z to 2026-03-08T10:00:00Z: " +
				"the floor of high (10) is above the ceiling of low (5); the floor holds; set a higher priority for one of them"},
		},
		"an hour less, of wall times alone": {
			autoscaler + `
  - {name: wall, start: "0 0 * * *", end: "0 8 * * *", timeZone: America/New_York, minReplicas: 3}
  - {name: elapsed, start: "0 0 * * *", duration: 8h, timeZone: America/New_York, minReplicas: 3}`, day,
			[]occurrence{
				{"elapsed", "HorizontalAutoscaler/web", "2026-03-08T00:00:00-05:00", "2026-03-08T09:00:00-04:00"},
				{"wall", "HorizontalAutoscaler/web", "2026-03-08T00:00:00-05:00", "2026-03-08T08:00:00-04:00"},
			},
			[]string{"window wall of HorizontalAutoscaler/web lasts 7h, not 8h, from 2026-03-08T00:00:00-05:00 to 2026-03-08T08:00:00-04:00: " +
				"the clocks of America/New_York change in it; a duration in place of end is elapsed time"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got windowsJSON
			code, errOut := answered(t, tc.objects, tc.args, &got)
			if code != exit.OK {
				t.Fatalf("exit code %d: %s", code, errOut)
			}
			if diff := cmp.Diff(tc.want, got.Occurrences); diff != "" {
				t.Errorf("occurrences (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.warns, got.Warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			if want := len(tc.warns); strings.Count(errOut, "Warning: ") != want {
				t.Errorf("the standard error has not %d warnings: %s", want, errOut)
			}
		})
	}
}

func TestWindowsShowsTheBoundsInForce(t *testing.T) {
	var one windowsAtJSON
	objects := autoscaler + `  - {name: b, start: "0 12 * * *", duration: 30m, replicas: 3}` + "\n"
	if code, errOut := answered(t, objects, "--at 2026-03-08T12:29:59Z", &one); code != exit.OK {
		t.Fatal(errOut)
	}
	three := int32(3)
	want := windowsAtJSON{At: "2026-03-08T12:29:59Z", Open: []string{"b"}, Bounds: bounds{&three, &three}}
	if diff := cmp.Diff(want, one); diff != "" {
		t.Errorf("one target (-want +got):\n%s", diff)
	}
	var all windowsAtJSON
	if code, errOut := answered(t, objects+everywhere, "--at 2026-03-08T12:45:00Z", &all); code != exit.OK {
		t.Fatal(errOut)
	}
	five, sixty := int32(5), int32(60)
	wantAll := windowsAtJSON{At: "2026-03-08T12:45:00Z", Targets: []targetJSON{
		{Target: "HorizontalAutoscaler/web", Open: []string{"everywhere"}, Bounds: bounds{&five, &sixty}},
		{Target: "HorizontalAutoscaler/[tier=none]", Open: []string{"everywhere"}, Bounds: bounds{&five, nil}},
		{Target: "HorizontalPodAutoscaler/old", Open: []string{"everywhere"}, Bounds: bounds{&five, nil}},
	}}
	if diff := cmp.Diff(wantAll, all); diff != "" {
		t.Errorf("several targets (-want +got):\n%s", diff)
	}
}

func TestWindowsRejectsInvalidInput(t *testing.T) {
	good := autoscaler + `  - {name: b, start: "0 12 * * *", duration: 30m, replicas: 3}`
	for name, tc := range map[string]struct{ objects, args, says string }{
		"a cron line":        {autoscaler + `  - {name: b, start: "0 25 * * *", duration: 30m, replicas: 3}`, "", `HorizontalAutoscaler/web: spec.windows[0].start: Invalid value: "0 25 * * *": "0 25 * * *": hour 25 is out of range: it must be from 0 to 23`},
		"a zone":             {autoscaler + `  - {name: b, start: "0 5 * * *", duration: 30m, replicas: 3, timeZone: CEST}`, "", `spec.windows[0].timeZone: Invalid value: "CEST": "CEST" is not in the time zone database: write an IANA name such as Europe/Berlin`},
		"a negative time":    {autoscaler + `  - {name: b, start: "0 5 * * *", duration: -30m, replicas: 3}`, "", `spec.windows[0].duration: Invalid value: "-30m": must be at least 1s`},
		"no bound":           {autoscaler + `  - {name: b, start: "0 5 * * *", duration: 30m}`, "", `spec.windows[0]: Required value: set replicas, or minReplicas and maxReplicas`},
		"an unknown field":   {autoscaler + `  - {name: b, strat: "0 5 * * *"}`, "", `standard input: document 1: HorizontalAutoscaler: error unmarshaling JSON: while decoding JSON: json: unknown field "strat"`},
		"a field twice":      {autoscaler + `  - {name: b, batch: {margin: 20%, marginPercent: 20}}`, "", `HorizontalAutoscaler: spec.windows[0].batch.margin: Forbidden: is the old name of spec.windows[0].batch.marginPercent`},
		"a ScaleWindow":      {strings.Replace(everywhere, "duration: 1h", "duration: soon", 1), "", `ScaleWindow/everywhere: spec.duration: Invalid value: "soon": must be a duration, such as 90s, 5m or 1h30m`},
		"no target":          {strings.Replace(everywhere, "name: old", "name: ''", 1), "", `ScaleWindow/everywhere: spec.targets[2].name: Required value: set exactly one of name and selector`},
		"twice":              {good + "\n---" + good, "", "HorizontalAutoscaler/web: Duplicate value: the object occurs twice"},
		"another kind":       {strings.Replace(good, "kind: HorizontalAutoscaler", "kind: HorizontalAutoscalr", 1), "", `kind: Unsupported value: "HorizontalAutoscalr": autoscaling.flyball.dev/v1alpha1 has the kinds`},
		"another version":    {strings.Replace(good, "v1alpha1", "v1", 1), "", `apiVersion: Invalid value: "autoscaling.flyball.dev/v1": must be autoscaling.flyball.dev/v1alpha1 for kind HorizontalAutoscaler`},
		"nothing":            {"apiVersion: v1\nkind: Secret", "", "standard input: no HorizontalAutoscaler or ScaleWindow of autoscaling.flyball.dev/v1alpha1"},
		"no object":          {"- 1", "", "document 1: not a Kubernetes object"},
		"no YAML":            {"a: b: c", "", "standard input: document 1: "},
		"a time":             {good, "--from noon", `--from: Invalid value: "noon": must be a time like 2026-03-08T06:00:00-05:00, or a date like 2026-03-08, which is midnight in UTC`},
		"a time of the wall": {good, "--at 2026-03-08T06:00:00", `--at: Invalid value: "2026-03-08T06:00:00": must be a time like`},
		"backwards":          {good, "--from 2026-03-08 --to 2026-03-08", `--to: Invalid value: "2026-03-08T00:00:00Z": must be after --from (2026-03-08T00:00:00Z)`},
		"both questions":     {good, "--from 2026-03-08 --at 2026-03-08", "--at excludes --from and --to"},
		"both sources":       {good, "-A", "--all-namespaces requires a cluster: use it without -f"},
	} {
		t.Run(name, func(t *testing.T) {
			code, errOut := answered(t, tc.objects, tc.args, nil)
			if code != exit.Unusable || !strings.Contains(errOut, tc.says) {
				t.Errorf("exit code %d, want %d and %q: %s", code, exit.Unusable, tc.says, errOut)
			}
		})
	}
}

// TestWindowsReadsTheCluster: an invalid object gives a warning, and does not hide the others.
func TestWindowsReadsTheCluster(t *testing.T) {
	kubeconfig := apiServer(t)
	code, out, errOut := shell(t, "", "windows -o json --from 2026-03-08 --to 2026-03-09 -n shop --kubeconfig "+kubeconfig)
	var got windowsJSON
	if err := json.Unmarshal([]byte(out), &got); code != exit.OK || err != nil {
		t.Fatalf("exit code %d, %v: %s", code, err, errOut)
	}
	want := []occurrence{
		{"noon", "HorizontalAutoscaler/web", "2026-03-08T12:00:00Z", "2026-03-08T13:00:00Z"},
		{"night", "HorizontalAutoscaler/web", "2026-03-08T22:00:00Z", "2026-03-09T06:00:00Z"},
	}
	if diff := cmp.Diff(want, got.Occurrences); diff != "" {
		t.Errorf("occurrences (-want +got):\n%s", diff)
	}
	if want := "HorizontalAutoscaler/broken: spec.windows[0].start: Invalid value"; !strings.Contains(errOut, want) {
		t.Errorf("the standard error has %q, want %q", errOut, want)
	}
	if code, _, errOut := shell(t, "", "windows -A --kubeconfig "+kubeconfig); code != exit.Unusable || !strings.Contains(errOut, "listing HorizontalAutoscalers: ") {
		t.Errorf("exit code %d where there is no right to list: %s", code, errOut)
	}
}

// TestOverlappingOccurrencesAreOneRow, and so are adjacent ones; those of another window are not.
func TestOverlappingOccurrencesAreOneRow(t *testing.T) {
	for name, tc := range map[string]struct {
		window string
		rows   int
		end    string
	}{
		"every minute, overlapping": {`{name: b, start: "* * * * *", duration: 2m, minReplicas: 3}`, 1, "2026-03-15T00:01:00Z"},
		"touching":                  {`{name: b, start: "0 0 * * *", duration: 24h, minReplicas: 3}`, 1, "2026-03-15T00:00:00Z"},
		"with a gap":                {`{name: b, start: "0 0 * * *", duration: 23h, minReplicas: 3}`, 7, "2026-03-08T23:00:00Z"},
		"within another":            {`{name: b, start: "0 0,1 * * *", end: "0 5 * * *", minReplicas: 3}`, 7, "2026-03-08T05:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			var got windowsJSON
			answered(t, autoscaler+"  - "+tc.window+"\n", "--from 2026-03-08 --to 2026-03-15", &got)
			if len(got.Occurrences) != tc.rows || got.Occurrences[0].End != tc.end {
				t.Errorf("%d rows, the first to %s; want %d, to %s", len(got.Occurrences), got.Occurrences[0].End, tc.rows, tc.end)
			}
		})
	}
}

// TestOverlappingOccurrencesHaveOneWarning about a change of the clocks.
func TestOverlappingOccurrencesHaveOneWarning(t *testing.T) {
	var got windowsJSON
	answered(t, autoscaler+"  - {name: b, start: \"* * * * *\", end: \"0 6 * * *\", timeZone: Europe/Berlin, minReplicas: 3}\n", "--from 2026-03-28 --to 2026-03-30", &got)
	if len(got.Warnings) != 1 || len(got.Occurrences) != 1 {
		t.Errorf("%d warnings and %d rows, want one of each: %v", len(got.Warnings), len(got.Occurrences), got.Warnings)
	}
}

// TestOverrideIsAWindow above all others, until its end.
func TestOverrideIsAWindow(t *testing.T) {
	const object = `{apiVersion: autoscaling.flyball.dev/v1alpha1, kind: HorizontalAutoscaler, metadata: {name: web, namespace: shop}, spec: {minReplicas: 2, maxReplicas: 9,
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, override: {replicas: 12, until: "2026-12-24T18:00:00Z"},
  windows: [{name: day, start: "0 8 * * *", duration: 12h, minReplicas: 4}]}}`
	const open = `At 2026-12-24T17:59:59Z

HorizontalAutoscaler/web  at least 9 (window spec/override), at most 9 (window spec/override)
  day is open from 2026-12-24T08:00:00Z to 2026-12-24T20:00:00Z: at least 4
  spec/override sets 9 replicas until 2026-12-24T18:00:00Z
  the next change is at 2026-12-24T18:00:00Z
`
	const over = `At 2026-12-24T18:00:00Z

HorizontalAutoscaler/web  at least 4 (window day), at most 9 (spec.maxReplicas)
  day is open from 2026-12-24T08:00:00Z to 2026-12-24T20:00:00Z: at least 4
  the next change is at 2026-12-24T20:00:00Z
`
	for at, want := range map[string]string{"2026-12-24T17:59:59Z": open, "2026-12-24T18:00:00Z": over} {
		var out, errOut bytes.Buffer
		run([]string{"windows", "-f", "-", "--at", at}, strings.NewReader(object), &out, &errOut)
		if diff := cmp.Diff(want, out.String()); diff != "" || errOut.Len() > 0 {
			t.Errorf("%s: %s; output (-want +got):\n%s", at, &errOut, diff)
		}
	}
}

package main

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/importer"
)

const (
	cronHPAs = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
apiVersion: autoscaling.alibabacloud.com/v1beta1
kind: CronHorizontalPodAutoscaler
metadata: {name: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  excludeDates: ["* * * 15 11 *", "* * * 25-26 12 *"]
  jobs:
  - {name: Up, schedule: "0 0 8 * * 1-5", targetSize: 10}
  - {name: down, schedule: "0 0 20 * * ?", targetSize: 2}
  - {name: sunday, schedule: "30 0 10 * * 0", targetSize: 4}
`
	scaledObjects = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObjectList
items:
- apiVersion: keda.sh/v1alpha1
  kind: ScaledObject
  metadata: {name: office, namespace: shop}
  spec:
    scaleTargetRef: {name: web}
    maxReplicaCount: 9
    triggers:
    - {type: cron, metadata: {timezone: America/New_York, start: "30 6 * * 1-5", end: "10 22 * * *", desiredReplicas: "10"}}
    - {type: cron, name: night, metadata: {timezone: UTC, start: "0 22 * * *", end: "0 6 * * *", desiredReplicas: "3"}}
    - {type: prometheus, metadata: {query: up, threshold: "1"}}
`
	scalingSchedules = `
apiVersion: zalando.org/v1
kind: ScalingSchedule
metadata: {name: evening}
spec:
  schedules:
  - {type: Repeating, durationMinutes: 240, value: 10001, period: {startTime: "22:30", days: [Fri, Sat]}}
  - {type: Repeating, value: 3000, period: {startTime: "08:00", endTime: "10:00", days: [Mon], timezone: UTC}}
  - {type: OneTime, date: "2026-12-24T18:00:00+01:00", durationMinutes: 60, value: 2500}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  metrics:
  - {type: Resource, resource: {name: cpu}}
  - type: Object
    object:
      describedObject: {apiVersion: zalando.org/v1, kind: ScalingSchedule, name: evening}
      metric: {name: evening}
      target: {type: AverageValue, averageValue: "1000"}
`
)

// imported imports a file at a time that does not change.
func imported(t testing.TB, source importer.Source, zone, text string) (objects, report string, err error) {
	t.Helper()
	im := importing{source: source, zone: zone}
	var out, errOut bytes.Buffer
	err = im.run([]byte(text), time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), &out, &errOut)
	return out.String(), errOut.String(), err
}

// TestImports: what is imported opens when the other scaler was meant to, and what that would have got wrong is said.
func TestImports(t *testing.T) {
	for name, tc := range map[string]struct {
		source     importer.Source
		zone, text string
		from, to   string
		want       []string
		says       []string
	}{
		"cronhpa: each job until the next, by the day of the week": {
			importer.CronHPA, "Asia/Shanghai", cronHPAs, "2026-11-26T16:00:00Z", "2026-11-30T16:00:00Z",
			[]string{
				"shop-up Deployment/web 2026-11-27T08:00:00+08:00 2026-11-27T20:00:00+08:00",
				"shop-down-2 Deployment/web 2026-11-27T20:00:00+08:00 2026-11-29T10:00:00+08:00",
				"shop-sunday Deployment/web 2026-11-29T10:00:00+08:00 2026-11-29T20:00:00+08:00",
				"shop-down Deployment/web 2026-11-29T20:00:00+08:00 2026-11-30T08:00:00+08:00",
				"shop-up Deployment/web 2026-11-30T08:00:00+08:00 2026-11-30T20:00:00+08:00",
				"shop-down Deployment/web 2026-11-30T20:00:00+08:00 2026-12-01T08:00:00+08:00",
			},
			[]string{
				"Changed: CronHorizontalPodAutoscaler shop: spec.excludeDates: [\"* * * 15 11 *\",\"* * * 25-26 12 *\"]: the controller compares the month and the hour and never the day",
				"here they are dates, written out until 2028-11-25",
				`spec.jobs[2].schedule: "30 0 10 * * 0": begins at second 30`,
				"Changed: CronHorizontalPodAutoscaler shop: a job that comes due while its controller is down is lost",
				"Note: CronHorizontalPodAutoscaler shop: its jobs run in the time zone of its controller's process, which the object does not have; Asia/Shanghai is taken",
				"Note: Deployment web: apiVersion apps/v1: not a kind that this import reads",
			},
		},
		"cronhpa: on the dates that are excluded nothing starts": {
			importer.CronHPA, "UTC", cronHPAs, "2026-12-24T12:00:00Z", "2026-12-27T12:00:00Z",
			[]string{
				"shop-down Deployment/web 2026-12-24T20:00:00Z 2026-12-25T08:00:00Z", "shop-sunday Deployment/web 2026-12-27T10:00:00Z 2026-12-27T20:00:00Z",
			},
			nil,
		},
		"KEDA: weekdays with a daily end, which stayed on over the weekend": {
			importer.ScaledObject, "UTC", scaledObjects, "2026-11-27T00:00:00Z", "2026-11-30T00:00:00Z",
			[]string{
				"office-cron HorizontalAutoscaler/web 2026-11-27T06:30:00-05:00 2026-11-27T22:10:00-05:00",
				"office-night HorizontalAutoscaler/web 2026-11-27T22:00:00Z 2026-11-28T06:00:00Z",
				"office-night HorizontalAutoscaler/web 2026-11-28T22:00:00Z 2026-11-29T06:00:00Z",
				"office-night HorizontalAutoscaler/web 2026-11-29T22:00:00Z 2026-11-30T06:00:00Z",
			},
			[]string{
				`Changed: ScaledObject shop/office: spec.triggers[0].metadata.desiredReplicas: "10": above spec.maxReplicaCount (9)`,
				"Changed: ScaledObject shop/office: spec.triggers[0]: KEDA's trigger is on while its next end comes before its next start, which differs from the window for 28% of the coming year, first on Fri 2026-11-27 22:10 -05:00",
				"Changed: ScaledObject shop/office: spec.triggers[0]: when the clocks of America/New_York change, next on 2027-03-14",
				"Changed: ScaledObject shop/office: spec.triggers[2].metadata.ignoreNullValues: KEDA reads an empty answer as 0",
				"Note: ScaledObject shop/office: the HorizontalAutoscaler web scales Deployment/web",
			},
		},
		"Zalando: over midnight, with a floor by the HPA's averageValue": {
			importer.ScalingSchedule, "Europe/Berlin", scalingSchedules, "2026-12-18T00:00:00Z", "2026-12-25T00:00:00Z",
			[]string{
				"web-evening HorizontalPodAutoscaler/web 2026-12-18T22:30:00+01:00 2026-12-19T02:30:00+01:00",
				"web-evening HorizontalPodAutoscaler/web 2026-12-19T22:30:00+01:00 2026-12-20T02:30:00+01:00",
				"web-evening-2 HorizontalPodAutoscaler/web 2026-12-21T08:00:00Z 2026-12-21T10:00:00Z",
				"web-evening-3 HorizontalPodAutoscaler/web 2026-12-24T17:00:00Z 2026-12-24T18:00:00Z",
			},
			[]string{
				"Note: ScalingSchedule evening: spec.schedules[0].period.timezone: absent; Europe/Berlin is taken",
				"Changed: ScalingSchedule evening: spec.schedules[0]: it goes on over midnight, where kube-metrics-adapter ends it",
				"Changed: ScalingSchedule evening: its value is a metric of an HPA, whose tolerance",
				"Note: HorizontalPodAutoscaler web: it stays in place",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			windows, report, err := imported(t, tc.source, tc.zone, tc.text)
			if err != nil {
				t.Fatal(err)
			}
			var got occurrences
			if code, errOut := answered(t, windows, "--from "+tc.from+" --to "+tc.to, &got); code != exitOK {
				t.Fatalf("%s\n%s", errOut, windows)
			}
			var listed []string
			for _, o := range got.Occurrences {
				listed = append(listed, strings.Join([]string{o.Window, o.Target, o.Start, o.End}, " "))
			}
			if diff := cmp.Diff(tc.want, listed); diff != "" {
				t.Errorf("occurrences (-want +got):\n%s", diff)
			}
			for _, line := range tc.says {
				if !strings.Contains(report, line) {
					t.Errorf("the report does not say %q:\n%s", line, report)
				}
			}
		})
	}
}

func TestImportsFloors(t *testing.T) {
	windows, _, err := imported(t, importer.ScalingSchedule, "UTC", scalingSchedules)
	if err != nil || strings.Count(windows, "minReplicas: 11\n") != 1 || strings.Count(windows, "lead: 10m0s\n") != 3 || strings.Count(windows, "ramp: 10m0s\n") != 3 {
		t.Errorf("%v: want a floor of 11, and leads and ramps of ten minutes:\n%s", err, windows)
	}
	windows, _, err = imported(t, importer.CronHPA, "UTC", strings.Replace(cronHPAs, "apps/v1, kind: Deployment", "autoscaling/v2, kind: HorizontalPodAutoscaler", 1))
	if err != nil || strings.Count(windows, "minReplicas: 10\n") != 1 || strings.Contains(windows, " replicas:") {
		t.Errorf("%v: a cronhpa of an HPA sets its floor:\n%s", err, windows)
	}
}

// TestLeavesOut: what has no window is named, and the rest is imported.
func TestLeavesOut(t *testing.T) {
	job := func(from, to string) string { return strings.Replace(cronHPAs, from, to, 1) }
	cron := func(from, to string) string { return strings.Replace(scaledObjects, from, to, 1) }
	sched := func(from, to string) string { return strings.Replace(scalingSchedules, from, to, 1) }
	keda, cronhpa, zalando := importer.ScaledObject, importer.CronHPA, importer.ScalingSchedule
	for name, tc := range map[string]struct {
		source     importer.Source
		text, says string
	}{
		"five fields":         {cronhpa, job("30 0 10 * * 0", "0 10 * * 0"), `spec.jobs[2].schedule: "0 10 * * 0": must have six fields, seconds first`},
		"every":               {cronhpa, job("30 0 10 * * 0", "@every 1h"), "must name times of the day"},
		"a date":              {cronhpa, job("30 0 10 * * 0", "@date 2026-12-24 21:54:00"), "must not be a single time"},
		"once":                {cronhpa, job("targetSize: 4", "targetSize: 4, runOnce: true"), "spec.jobs[2].runOnce: true: a job that runs once"},
		"at once":             {cronhpa, job("30 0 10 * * 0", "0 0 20 * * 0"), "is due at the same time"},
		"a negative size":     {cronhpa, job("targetSize: 4", "targetSize: -4"), "spec.jobs[2].targetSize: -4: must be a count that is not negative"},
		"a zone of a job":     {cronhpa, job("targetSize: 4", "targetSize: 4, timezone: Asia/Tokyo"), `spec.jobs[2].timezone: "Asia/Tokyo": kubernetes-cronhpa-controller has no such field`},
		"an unknown field":    {cronhpa, job("targetSize: 4", "targetSize: 4, targetsize: 5"), "spec.jobs[2].targetsize: 5: not a field"},
		"no zone":             {keda, cron("timezone: UTC", "timezone: Mars"), `timeZone: "Mars" is not in the time zone database`},
		"no count":            {keda, cron(`desiredReplicas: "3"`, `desiredReplicas: many`), `spec.triggers[1].metadata.desiredReplicas: "many": must be a whole number of replicas`},
		"the same end":        {keda, cron(`end: "0 6 * * *"`, `end: "0 22 * * *"`), "end: \"0 22 * * *\" comes only when the window starts again"},
		"no type":             {zalando, sched("type: OneTime", "type: Once"), `spec.schedules[2].type: "Once": must be OneTime or Repeating`},
		"no time":             {zalando, sched(`"22:30"`, `"24:30"`), `period.startTime: "24:30": must be a time such as 08:30`},
		"no zone for Zalando": {zalando, sched("timezone: UTC", "timezone: Mars"), "takes its default in its place without a word"},
		"no date":             {zalando, sched("2026-12-24T18:00:00+01:00", "tomorrow"), `date: "tomorrow": must be a time`},
		"no length":           {zalando, sched("durationMinutes: 240, ", ""), "must be at least 1s"},
		"no average":          {zalando, sched(`averageValue: "1000"`, `averageValue: "0"`), "must be positive"},
	} {
		t.Run(name, func(t *testing.T) {
			_, report, err := imported(t, tc.source, "UTC", tc.text)
			if !errors.Is(err, errLeftOut) && !errors.Is(err, errNothing) || !strings.Contains(report, "Left out: ") || !strings.Contains(report, tc.says) {
				t.Errorf("%v, want %q to be left out:\n%s", err, tc.says, report)
			}
		})
	}
}

func TestImportCommand(t *testing.T) {
	const hpaAlone = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 9
  behavior: {scaleDown: {stabilizationWindowSeconds: 60}}
`
	kedaAlone := scaledObjects
	for name, tc := range map[string]struct {
		args, text string
		code       int
		out, says  string
	}{
		"objects":         {"import scaledobject -f -", kedaAlone, exitOK, "kind: ScaleWindow\nmetadata:\n  name: office-cron\n  namespace: shop\n", "Changed: "},
		"autoscaler":      {"import scaledobject -f -", kedaAlone, exitOK, "kind: HorizontalAutoscaler\nmetadata:\n  name: web\n  namespace: shop\n", "Changed: "},
		"inline":          {"import scaledobject -f - --inline", kedaAlone, exitOK, "# of HorizontalAutoscaler/web\nwindows:\n- end: 10 22 * * *\n", "Note: HorizontalAutoscaler web: --inline prints only its windows"},
		"not all":         {"import scaledobject -f -", strings.Replace(kedaAlone, "timezone: UTC", "timezone: Mars", 1), exitDiffers, "name: office-cron", "not everything was imported\n"},
		"partly":          {"import scaledobject -f - --allow-partial", strings.Replace(kedaAlone, "timezone: UTC", "timezone: Mars", 1), exitOK, "name: office-cron", "Left out: "},
		"a job missing":   {"import cronhpa -f -", strings.Replace(cronHPAs, "0 0 8 * * 1-5", "@every 5m", 1), exitDiffers, "", "none of its jobs is imported"},
		"nothing":         {"import cronhpa -f -", scaledObjects, exitUnusable, "", "Error: standard input: there is no object in it that import cronhpa reads\n"},
		"nothing, partly": {"import cronhpa -f - --allow-partial", strings.ReplaceAll(cronHPAs, "alibabacloud.com", "cce.io"), exitDiffers, "", "nothing was imported\n"},
		"no object":       {"import cronhpa -f -", "- 1", exitUnusable, "", "document 1: it is no object of Kubernetes"},
		"a number":        {"import scaledobject -f -", strings.Replace(scaledObjects, `"10"`, "10", 1), exitDiffers, "", "must be a string"},
		"no file":         {"import scalingschedule", "", exitUnusable, "", `required flag(s) "filename" not set`},
		"no zone":         {"import cronhpa -f - --time-zone Mars", cronHPAs, exitUnusable, "", `--time-zone: Invalid value: "Mars"`},
		"HPA":             {"import hpa -f -", hpaAlone, exitOK, "kind: HorizontalAutoscaler\nmetadata:\n  name: web\n", "must not scale the target at the same time"},
		"misspelt in HPA": {"import hpa -f -", strings.Replace(hpaAlone, "scaleDown", "scaledown", 1), exitDiffers, "", "spec.behavior.scaledown"},
		"no such kind":    {"import scaledobjects -f -", "", exitUnusable, "", "did you mean scaledobject"},
		"no kind":         {"import", "", exitUnusable, "", "name a subcommand"},
		"of the adapter":  {"import prometheus-adapter -f -", "", exitUnusable, "", "flyball rules check -f FILE"},
		"another group":   {"rules chekc", "", exitUnusable, "", `flyball rules: Unsupported value: "chekc"`},
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

var hugeExponent = regexp.MustCompile(`[eE][+-]?[0-9]{4}`)

// FuzzObjects: files of windows, and of other scalers, are refused with a sentence or understood. What is imported is
// understood by the command that lists windows.
func FuzzObjects(f *testing.F) {
	for _, text := range []string{autoscaler + `  - {name: b, start: "0 0,12 * * *", duration: 30m, minReplicas: 3}` + everywhere, cronHPAs, scaledObjects, scalingSchedules} {
		f.Add(text)
	}
	from := time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if hugeExponent.MatchString(text) {
			t.Skip() // Quantity takes minutes to read it, which nothing behind the decoder can help
		}
		understood(t, text, from)
		for _, source := range []importer.Source{importer.CronHPA, importer.ScaledObject, importer.ScalingSchedule, importer.HPA} {
			windows, report, err := imported(t, source, "UTC", text)
			if errors.Is(err, errLeftOut) && report == "" {
				t.Error("something was left out without a word")
			}
			if windows != "" && !understood(t, windows, from) {
				t.Errorf("what was imported is not understood:\n%s", windows)
			}
		}
	})
}

// understood says whether a file of windows is.
func understood(t *testing.T, text string, from time.Time) bool {
	found := &objects{}
	if err := eachDocument([]byte(text), found.add); err != nil {
		return false
	}
	targets, _, err := planned(found)
	if err != nil {
		return false
	}
	to := from.Add(6 * time.Hour)
	_ = table(calendar(targets, from, to), from, to)
	for _, h := range inForce(targets, from).targets {
		if h.Min > h.Max || h.Min < 0 {
			t.Errorf("%s: bounds %d to %d", h.target.name, h.Min, h.Max)
		}
	}
	return true
}

package importing

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/importer"
	"flyball.dev/flyball/cmd/flyball/internal/windows"
)

var (
	cronHPAs         = testdata("cronhpa")
	scaledObjects    = testdata("scaledobject")
	scalingSchedules = testdata("scalingschedule")
)

func testdata(kind string) string {
	text, err := os.ReadFile("testdata/" + kind + ".yaml")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// imported imports a text at a fixed time.
func imported(t testing.TB, source importer.Source, zone, text string) (objects, report string, err error) {
	t.Helper()
	k := kind{source: source, zone: zone}
	var out, errOut bytes.Buffer
	err = k.run([]byte(text), time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), &out, &errOut)
	return out.String(), errOut.String(), err
}

// TestImportedWindowsOpenWithTheirSchedules, and the report names where the other autoscaler differs from its schedule.
func TestImportedWindowsOpenWithTheirSchedules(t *testing.T) {
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
			objects, report, err := imported(t, tc.source, tc.zone, tc.text)
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				Occurrences []struct{ Window, Target, Start, End string }
			}
			out, err := listWindows(objects, "--from", tc.from, "--to", tc.to)
			if err != nil {
				t.Fatalf("%v\n%s", err, objects)
			}
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
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

func TestImportedFloors(t *testing.T) {
	objects, _, err := imported(t, importer.ScalingSchedule, "UTC", scalingSchedules)
	if err != nil || strings.Count(objects, "minReplicas: 11\n") != 1 || strings.Count(objects, "lead: 10m0s\n") != 3 || strings.Count(objects, "ramp: 10m0s\n") != 3 {
		t.Errorf("%v: want a floor of 11, and leads and ramps of ten minutes:\n%s", err, objects)
	}
	objects, _, err = imported(t, importer.CronHPA, "UTC", strings.Replace(cronHPAs, "apps/v1, kind: Deployment", "autoscaling/v2, kind: HorizontalPodAutoscaler", 1))
	if err != nil || strings.Count(objects, "minReplicas: 10\n") != 1 || strings.Contains(objects, " replicas:") {
		t.Errorf("%v: a cronhpa of an HPA sets its floor:\n%s", err, objects)
	}
}

// TestReportNamesWhatIsLeftOut, and the rest is imported.
func TestReportNamesWhatIsLeftOut(t *testing.T) {
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

var hugeExponent = regexp.MustCompile(`[eE][+-]?[0-9]{4}`)

// FuzzObjects: every text is imported or rejected with an error, and flyball windows reads every imported object.
func FuzzObjects(f *testing.F) {
	ours, err := os.ReadFile("../../../../docs/examples/windows.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{string(ours), cronHPAs, scaledObjects, scalingSchedules} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if hugeExponent.MatchString(text) {
			t.Skip() // Quantity takes minutes to read it, which nothing behind the decoder can help
		}
		readable(t, text)
		for _, source := range []importer.Source{importer.CronHPA, importer.ScaledObject, importer.ScalingSchedule, importer.HPA} {
			objects, report, err := imported(t, source, "UTC", text)
			if errors.Is(err, errLeftOut) && report == "" {
				t.Error("something was left out without a word")
			}
			if objects != "" && !readable(t, objects) {
				t.Errorf("what was imported is not read by flyball windows:\n%s", objects)
			}
		}
	})
}

// listWindows runs flyball windows on a text.
func listWindows(objects string, args ...string) (out string, err error) {
	command := windows.New()
	command.SetArgs(append([]string{"-f", "-", "-o", "json"}, args...))
	command.SetIn(strings.NewReader(objects))
	var stdout bytes.Buffer
	command.SetOut(&stdout)
	command.SetErr(io.Discard)
	command.SilenceUsage, command.SilenceErrors = true, true
	err = command.Execute()
	return stdout.String(), err
}

// readable says whether flyball windows reads a file. The bounds in force never contradict each other.
func readable(t *testing.T, text string) bool {
	t.Helper()
	const start = "2026-03-08T00:00:00Z"
	if _, err := listWindows(text, "--from", start, "--to", "2026-03-08T06:00:00Z"); err != nil {
		return false
	}
	out, err := listWindows(text, "--at", start)
	if err != nil {
		t.Fatalf("%v, in spite of a calendar", err)
	}
	type state struct {
		Bounds struct{ MinReplicas, MaxReplicas *int32 }
	}
	var all struct {
		state
		Targets []state
	}
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatal(err)
	}
	for _, s := range append(all.Targets, all.state) {
		if b := s.Bounds; b.MinReplicas != nil && (*b.MinReplicas < 0 || b.MaxReplicas != nil && *b.MinReplicas > *b.MaxReplicas) {
			t.Errorf("bounds %d to %v", *b.MinReplicas, b.MaxReplicas)
		}
	}
	return true
}

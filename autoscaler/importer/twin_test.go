package importer

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// The twins say what the other system does, minute by minute and without windows, in UTC.

// dailyLine is a cron line of one minute of some days of the week.
type dailyLine struct {
	minute int // of the day
	days   [7]bool
}

func randomLine(r *rand.Rand) dailyLine {
	l := dailyLine{minute: r.IntN(24 * 60)}
	for day := range l.days {
		l.days[day] = r.IntN(3) > 0
	}
	l.days[r.IntN(7)] = true
	return l
}

func (l dailyLine) String() string {
	var days []string
	for day, on := range l.days {
		if on {
			days = append(days, fmt.Sprint(day))
		}
	}
	return fmt.Sprintf("%d %d ? * %s", l.minute%60, l.minute/60, strings.Join(days, ","))
}

func (l dailyLine) comes(instant time.Time) bool {
	return instant.Hour()*60+instant.Minute() == l.minute && l.days[instant.Weekday()]
}

// on says whether the last of start and end, looking back from a time, is a start.
func on(start, end dailyLine, instant time.Time) bool {
	for back := instant.Truncate(time.Minute); instant.Sub(back) <= 8*24*time.Hour; back = back.Add(-time.Minute) {
		switch {
		case start.comes(back):
			return true
		case end.comes(back):
			return false
		}
	}
	return false
}

// TestKEDATwin: at any time the floor is the largest of minReplicaCount and the cron triggers that are on, and at most
// maxReplicaCount.
func TestKEDATwin(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		least := int32(r.IntN(6))
		most := least + 1 + int32(r.IntN(20))
		text := fmt.Sprintf("apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec:\n  scaleTargetRef: {name: web}\n  minReplicaCount: %d\n  maxReplicaCount: %d\n  triggers:\n", least, most)
		type cronTrigger struct {
			start, end dailyLine
			desired    int32
		}
		var triggers []cronTrigger
		for range 1 + r.IntN(3) {
			c := cronTrigger{randomLine(r), randomLine(r), int32(r.IntN(30))}
			for c.start.minute == c.end.minute {
				c.end.minute = r.IntN(24 * 60)
			}
			triggers = append(triggers, c)
			text += fmt.Sprintf("  - {type: cron, metadata: {timezone: UTC, start: %q, end: %q, desiredReplicas: %q}}\n", c.start, c.end, fmt.Sprint(c.desired))
		}
		result := runImport(t, ScaledObject, text)
		if !result.Complete() {
			t.Fatalf("seed %d: left out:\n%s\n%s", seed, result.lines(), text)
		}
		for range 20 {
			instant := testNow.Add(time.Duration(r.Int64N(int64(20 * 24 * time.Hour))))
			want := least
			for _, c := range triggers {
				if on(c.start, c.end, instant) {
					want = max(want, c.desired)
				}
			}
			want = min(want, most)
			if got := result.boundsOf(t, "HorizontalAutoscaler/web", schedule.Bounds{}, instant); got != (schedule.Bounds{Min: want, Max: most}) {
				t.Fatalf("seed %d at %s: bounds are %v, want %d to %d:\n%s", seed, instant.Format(time.RFC3339), got, want, most, text)
			}
		}
	}
}

// TestCronHPATwin: at any time the bounds of the HPA are those that the controller's jobs have left, on an idle HPA that
// runs minReplicas.
func TestCronHPATwin(t *testing.T) {
	imported := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		own := schedule.Bounds{Min: 1 + int32(r.IntN(8))}
		own.Max = own.Min + int32(r.IntN(10))
		text := "apiVersion: autoscaling.alibabacloud.com/v1beta1\nkind: CronHorizontalPodAutoscaler\nmetadata: {name: a}\nspec:\n  scaleTargetRef: {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, name: h}\n  jobs:\n"
		var lines []dailyLine
		var sizes []int32
		for n := range 2 + r.IntN(3) {
			line := randomLine(r)
			if r.IntN(2) == 0 { // daily lines have one follower each
				line.days = [7]bool{true, true, true, true, true, true, true}
			}
			lines, sizes = append(lines, line), append(sizes, int32(r.IntN(25)))
			text += fmt.Sprintf("  - {name: j%d, schedule: \"0 %s\", targetSize: %d}\n", n, line, sizes[n])
		}
		text += fmt.Sprintf("---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {scaleTargetRef: {kind: Deployment, name: web, apiVersion: apps/v1}, minReplicas: %d, maxReplicas: %d}\n", own.Min, own.Max)
		result := runImport(t, CronHPA, text)
		if !result.Complete() {
			continue // one job has no single follower, which is in the report
		}
		imported++
		left, settled := own, testNow.Add(8*24*time.Hour)
		for instant := testNow; instant.Before(testNow.Add(16 * 24 * time.Hour)); instant = instant.Add(time.Minute) {
			for n, line := range lines {
				if line.comes(instant) {
					left = schedule.Bounds{Min: sizes[n], Max: max(left.Max, sizes[n])}
				}
			}
			if instant.Before(settled) || r.IntN(300) > 0 {
				continue
			}
			if got := result.boundsOf(t, "HorizontalPodAutoscaler/h", own, instant.Add(30*time.Second)); got != left {
				t.Fatalf("seed %d at %s: bounds are %v, want %v:\n%s", seed, instant.Format(time.RFC3339), got, left, text)
			}
		}
	}
	if imported < 100 {
		t.Errorf("%d of 300 random objects were imported whole; the test looks at too few", imported)
	}
}

// TestScalingScheduleTwin: within the times of schedules the floor is the largest of the HPA's minimum and the values divided
// by the averageValue, rounded up; outside of them and of their ramps it is the minimum.
func TestScalingScheduleTwin(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		own := schedule.Bounds{Min: 1 + int32(r.IntN(8))}
		own.Max = own.Min + 1 + int32(r.IntN(30))
		average := int64(1 + r.IntN(500))
		text := "apiVersion: zalando.org/v1\nkind: ScalingSchedule\nmetadata: {name: sale, namespace: shop}\nspec:\n  scalingWindowDurationMinutes: 0\n  schedules:\n"
		type period struct {
			line  dailyLine
			lasts int
			value int64
		}
		var periods []period
		names := []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
		for range 1 + r.IntN(3) {
			p := period{randomLine(r), 0, r.Int64N(average * 40)}
			p.lasts = 1 + r.IntN(24*60-p.line.minute) // not over midnight, where the other system ends it
			periods = append(periods, p)
			var days []string
			for day, isOn := range p.line.days {
				if isOn {
					days = append(days, names[day])
				}
			}
			text += fmt.Sprintf("  - {type: Repeating, durationMinutes: %d, value: %d, period: {startTime: \"%02d:%02d\", timezone: UTC, days: [%s]}}\n",
				p.lasts, p.value, p.line.minute/60, p.line.minute%60, strings.Join(days, ","))
		}
		hpa := strings.NewReplacer("minReplicas: 6", fmt.Sprintf("minReplicas: %d", own.Min), "maxReplicas: 40", fmt.Sprintf("maxReplicas: %d", own.Max),
			`"200"`, fmt.Sprintf("\"%d\"", average)).Replace(saleHPA("AverageValue"))
		result := runImport(t, ScalingSchedule, text+"---\n"+hpa)
		if !result.Complete() {
			t.Fatalf("seed %d: left out:\n%s", seed, result.lines())
		}
		for range 40 {
			instant := testNow.Add(time.Duration(r.Int64N(int64(20 * 24 * time.Hour))))
			want := int64(own.Min)
			for _, p := range periods {
				minute := instant.Hour()*60 + instant.Minute()
				if p.line.days[instant.Weekday()] && minute >= p.line.minute && minute < p.line.minute+p.lasts {
					want = max(want, (p.value+average-1)/average)
				}
			}
			want = min(want, int64(own.Max))
			if got := result.boundsOf(t, "HorizontalPodAutoscaler/cart", own, instant); got != (schedule.Bounds{Min: int32(want), Max: own.Max}) {
				t.Fatalf("seed %d at %s: bounds are %v, want %d to %d:\n%s%s", seed, instant.Format(time.RFC3339), got, want, own.Max, text, hpa)
			}
		}
	}
}

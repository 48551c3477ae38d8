package importer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// scheduleTime is one schedule of a ScalingSchedule: its value, and a window without a count.
type scheduleTime struct {
	source node
	value  int64
	window v1alpha1.Window
}

// readTime reads a schedule. One that cannot be a window is left out as a whole.
func (s *scalingSchedule) readTime(n node) (scheduleTime, bool) {
	t := scheduleTime{source: n}
	field := n.child("value")
	value, ok := whole(field.markRead().value)
	if !ok {
		field.leftOut("must be a whole number")
	}
	t.value = value
	minutes, _ := n.child("durationMinutes").count()
	lasts := time.Duration(minutes) * time.Minute
	switch kind := n.child("type"); kind.textOr("") {
	case "OneTime":
		ok = t.readOnce(n, lasts) && ok
	case "Repeating":
		ok = s.readPeriod(&t, n.child("period"), lasts) && ok
	default:
		kind.leftOut("must be OneTime or Repeating")
		ok = false
	}
	if !ok {
		n.leftOut("the schedule is not imported")
		return t, false
	}
	probe := t.window
	probe.MinReplicas = new(int32(0))
	if err := checkWindow("window", v1alpha1.WindowTarget{Kind: "HorizontalPodAutoscaler", Name: "a"}, probe); err != nil {
		n.leftOut("%v", err)
		return t, false
	}
	return t, true
}

// readOnce reads a OneTime schedule into a window in UTC. kube-metrics-adapter takes the later of its two ends.
func (t *scheduleTime) readOnce(n node, lasts time.Duration) bool {
	date, endDate := n.child("date"), n.child("endDate")
	from, err := time.Parse(time.RFC3339, date.textOr(""))
	if err != nil {
		date.leftOut("must be a time such as 2026-12-24T18:00:00+01:00")
		return false
	}
	to := from.Add(lasts)
	if text := endDate.textOr(""); text != "" {
		end, err := time.Parse(time.RFC3339, text)
		if err != nil {
			endDate.leftOut("must be a time such as 2026-12-24T23:00:00+01:00")
			return false
		}
		if end.After(to) {
			to = end
		}
	}
	const local = "2006-01-02T15:04:05"
	t.window = v1alpha1.Window{TimeZone: "UTC", At: &v1alpha1.OneOff{From: v1alpha1.LocalTime(from.UTC().Format(local)), To: v1alpha1.LocalTime(to.UTC().Format(local))}}
	return true
}

// readPeriod reads a Repeating schedule.
func (s *scalingSchedule) readPeriod(t *scheduleTime, period node, lasts time.Duration) bool {
	startField, endField := period.child("startTime"), period.child("endTime")
	start, err := time.Parse("15:04", startField.textOr(""))
	if err != nil {
		startField.leftOut("must be a time such as 08:30")
		return false
	}
	var days []string
	for _, day := range period.child("days").items() {
		text, _ := day.text()
		if !slices.Contains([]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}, text) {
			day.leftOut("must be one of Sun, Mon, Tue, Wed, Thu, Fri and Sat")
			return false
		}
		days = append(days, strings.ToLower(text))
	}
	if len(days) == 0 {
		period.child("days").leftOut("Required value: the schedule comes on no day")
		return false
	}
	t.window = v1alpha1.Window{Start: new(v1alpha1.CronLine(fmt.Sprintf("%d %d * * %s", start.Minute(), start.Hour(), strings.Join(days, ",")))), TimeZone: s.zone(period.child("timezone"))}
	end := start.Add(lasts)
	text := v1alpha1.Duration(lasts.String())
	t.window.Duration = &text
	if written := endField.textOr(""); written != "" {
		until, err := time.Parse("15:04", written)
		if err != nil {
			endField.leftOut("must be a time such as 08:30")
			return false
		}
		end = t.readEnd(endField, start, end, until)
	}
	if midnight := start.Truncate(24*time.Hour).AddDate(0, 0, 1); end.After(midnight) {
		period.object.changed("%s: it goes on over midnight, where kube-metrics-adapter ends it, because it only looks at the schedules of the current day; the window ends at its own time", t.source.path)
	}
	return true
}

// readEnd gives the later of the duration's end and endTime, as kube-metrics-adapter does. An endTime before the start is
// meant for the next day, where kube-metrics-adapter has no end for it.
func (t *scheduleTime) readEnd(field node, start, end, until time.Time) time.Time {
	if !until.After(start) {
		if end.After(start) {
			field.changed("not after period.startTime, so that kube-metrics-adapter takes durationMinutes, and so does the window")
			return end
		}
		field.changed("not after period.startTime, so that kube-metrics-adapter never opens it; the window ends at that time of the next day")
		until = until.AddDate(0, 0, 1)
	}
	if !until.After(end) {
		return end
	}
	t.window.Duration, t.window.End = nil, new(v1alpha1.CronLine(fmt.Sprintf("%d %d * * *", until.Minute(), until.Hour())))
	return until
}

// zone of a schedule. kube-metrics-adapter takes its default for a zone that does not exist.
func (s *scalingSchedule) zone(field node) string {
	zone := field.textOr("")
	if zone == "" {
		field.note("absent; %s is taken, which is kube-metrics-adapter's default unless --scaling-schedule-default-time-zone sets another, and --time-zone sets another here", s.im.TimeZone)
		return s.im.TimeZone
	}
	if _, err := time.LoadLocation(zone); err != nil {
		field.leftOut("not a time zone, and kube-metrics-adapter takes its default in its place without a word: write a name of the IANA database")
	}
	return zone
}

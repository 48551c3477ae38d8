package chart

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// What a window's times may not be is refused with the form that they must have, in both places where windows are written.
func TestBadTimesAreRefusedWithTheFormTheyMustHave(t *testing.T) {
	schemas := loadCRDs(t)
	for name, test := range badTimes {
		t.Run(name, func(t *testing.T) {
			for kind, path := range map[string]string{"HorizontalAutoscaler": "spec.windows[0].", "ScaleWindow": "spec."} {
				_, _, errs := schemas[kind].admit(t, windowIn(kind, test.window))
				if !hasError(errs, path+test.field, test.message) || len(errs) != 1 {
					t.Errorf("%s: want one error, about %s, that says %q: %v", kind, path+test.field, test.message, errs.ToAggregate())
				}
			}
		})
	}
}

// The schema accepts every spec that the autoscaler accepts.
func TestGoodTimesAreTaken(t *testing.T) {
	schemas := loadCRDs(t)
	for name, window := range goodTimes {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []string{"HorizontalAutoscaler", "ScaleWindow"} {
				if _, dropped, errs := schemas[kind].admit(t, windowIn(kind, window)); len(dropped)+len(errs) > 0 {
					t.Errorf("%s: dropped %q, errors %v", kind, dropped, errs.ToAggregate())
				}
			}
		})
	}
}

// windowIn is an object with one window with a floor.
func windowIn(kind, window string) string {
	if kind == "ScaleWindow" {
		return manifest(kind, "targets: [{kind: HorizontalAutoscaler, name: web}]\nminReplicas: 2\n"+window)
	}
	return manifest(kind, smallestSpec+"windows:\n- name: w\n"+indent("minReplicas: 2\n"+window))
}

func hasError(errs field.ErrorList, path, message string) bool {
	for _, err := range errs {
		if err.Field == path && strings.Contains(err.ErrorBody(), message) {
			return true
		}
	}
	return false
}

const (
	nightly = "start: 0 22 * * *\nduration: 8h\n"
	once    = "at: {from: '2026-12-24T18:00', to: '2026-12-24T23:00'}\n"
)

var badTimes = map[string]struct{ window, field, message string }{
	"four fields":                  {"start: 0 22 * *\nduration: 8h", "start", "must be a cron line of the five fields minute, hour, day of month, month, day of week"},
	"six fields":                   {"start: 0 0 22 * * *\nduration: 8h", "start", "must be a cron line of the five fields"},
	"a letter of other crons":      {"start: 0 22 L * *\nduration: 8h", "start", "must be a cron line of the five fields"},
	"a question mark":              {"start: 0 22 ? * *\nduration: 8h", "start", "must be a cron line of the five fields"},
	"a sign":                       {"start: -1 22 * * *\nduration: 8h", "start", "must be a cron line of the five fields"},
	"a short form":                 {"start: '@daily'\nduration: 8h", "start", "must not be a short form such as @daily or @every"},
	"no place on the clock":        {"start: '@every 5m'\nduration: 8h", "start", "must not be a short form such as @daily or @every"},
	"a zone in the line":           {"start: CRON_TZ=Europe/Berlin 0 22 * * *\nduration: 8h", "start", "must not contain a time zone: set timeZone"},
	"a zone in an end":             {"start: 0 22 * * *\nend: TZ=UTC 0 6 * * *", "end", "must not contain a time zone: set timeZone"},
	"an end of three fields":       {"start: 0 22 * * *\nend: 0 6 *", "end", "must be a cron line of the five fields"},
	"a short form of an end":       {"start: 0 22 * * *\nend: '@hourly'", "end", "must not be a short form"},
	"a negative duration":          {"start: 0 22 * * *\nduration: -8h", "duration", "must be a duration that is not negative, such as 90s, 5m or 1h30m"},
	"a duration without unit":      {"start: 0 22 * * *\nduration: '8'", "duration", "must be a duration"},
	"no duration":                  {"start: 0 22 * * *\nduration: 0s", "duration", "must be at least 1s and at most 8784h"},
	"two years":                    {"start: 0 22 * * *\nduration: 17520h", "duration", "must be at least 1s and at most 8784h"},
	"a negative lead":              {nightly + "lead: -10m", "lead", "must be a duration that is not negative"},
	"a lead of two days":           {nightly + "lead: 48h", "lead", "must not be negative and at most 24h"},
	"a negative ramp":              {nightly + "ramp: -15m", "ramp", "must be a duration that is not negative"},
	"a ramp of two days":           {nightly + "ramp: 48h", "ramp", "must not be negative and at most 24h"},
	"a place on the map":           {nightly + "timeZone: 'Berlin, Germany'", "timeZone", "must be a name of the IANA time zone database, such as Europe/Berlin"},
	"an offset":                    {nightly + "timeZone: '+02:00'", "timeZone", "must be a name of the IANA time zone database"},
	"a path":                       {nightly + "timeZone: ../localtime", "timeZone", "must be a name of the IANA time zone database"},
	"the machine's zone":           {nightly + "timeZone: Local", "timeZone", "must be a name of the IANA time zone database"},
	"the 31st of April":            {nightly + "except: ['2026-04-31']", "except[0]", "must be a date that exists, such as 2026-12-25, or a range"},
	"no leap year":                 {nightly + "only: ['2100-02-29']", "only[0]", "must be a date that exists"},
	"a 13th month":                 {nightly + "except: ['2026-12-25', '2026-13-01']", "except[1]", "must be a date that exists"},
	"a date as Europeans do":       {nightly + "except: ['25.12.2026']", "except[0]", "must be a date that exists"},
	"a range that runs back":       {nightly + "except: ['2027-01-02/2026-12-31']", "except[0]", "must have the earlier date first"},
	"a range of three":             {nightly + "except: ['2026-01-01/2026-01-02/']", "except[0]", "Too long"},
	"a first day of no month":      {nightly + "notBefore: '2026-00-01'", "notBefore", "must be a date that exists, such as 2026-12-25"},
	"a last day of no month":       {nightly + "notAfter: '2026-06-31'", "notAfter", "must be a date that exists"},
	"limits that run back":         {nightly + "notBefore: '2026-06-02'\nnotAfter: '2026-06-01'", "notAfter", "must not be before notBefore"},
	"a time without a day":         {"at: {from: '18:00', to: '2026-12-24T23:00'}", "at.from", "must be a local date and time that exists, such as 2026-12-24T18:00"},
	"hour 24":                      {"at: {from: '2026-12-24T18:00', to: '2026-12-24T24:00'}", "at.to", "must be a local date and time that exists"},
	"a time with its zone":         {"at: {from: '2026-12-24T18:00Z', to: '2026-12-24T23:00'}", "at.from", "with the zone in timeZone"},
	"a single one that is not":     {"at: {from: '2026-12-24T18:00', to: '2026-12-24T18:00'}", "at.to", "must be after from"},
	"except and only":              {nightly + "except: ['2026-12-25']\nonly: ['2026-12-26']", "only", "set at most one of except and only"},
	"a margin with a percent sign": {nightly + backlog + "  marginPercent: 20%", "batch.marginPercent", "must be of type integer"},
	"a negative margin":            {nightly + backlog + "  marginPercent: -5", "batch.marginPercent", "should be greater than or equal to 0"},
	"a negative deadline":          {nightly + backlog + "  finishBy: -6h", "batch.finishBy", "must be WindowEnd or a duration"},
}

const backlog = `batch:
  backlog: {type: External, external: {metric: {name: backlog}, target: {type: Value, value: 1}}}
  throughputPerReplica: {quantity: 2}
`

var goodTimes = map[string]string{
	"lists and steps":           "start: 0,30 8-18/2 * * mon-FRI\nduration: 10m",
	"leading zeros":             "start: 00 08 01 01 *\nduration: 10m",
	"many spaces":               "start: '  0   22 * *  1-5 '\nduration: 10m",
	"a value with a step":       "start: 5/15 * * * *\nduration: 1m30s",
	"a leap day":                nightly + "only: ['2028-02-29', '2000-02-29/2000-03-01']",
	"one day as a range":        nightly + "except: ['2026-12-25/2026-12-25']",
	"a second":                  "start: 0 22 * * *\nduration: 1s",
	"a year":                    "start: 0 0 1 1 *\nduration: 8784h",
	"a part of an hour":         "start: 0 22 * * *\nduration: 1.5h",
	"no lead":                   nightly + "lead: 0s\nramp: 24h",
	"a zone with digits":        nightly + "timeZone: Etc/GMT+10",
	"a zone of three parts":     nightly + "timeZone: America/Argentina/Buenos_Aires",
	"a zone with a hyphen":      nightly + "timeZone: America/Port-au-Prince",
	"a zone of its own":         nightly + "timeZone: EST5EDT",
	"seconds of a single one":   "at: {from: '2026-12-24T18:00:30', to: '2026-12-24T18:00:31'}",
	"a single one over a night": once + "timeZone: Asia/Kolkata",
	"one day":                   nightly + "notBefore: '2026-06-01'\nnotAfter: '2026-06-01'",
	"a deadline and a margin":   nightly + backlog + "  finishBy: 6h\n  marginPercent: 0",
}

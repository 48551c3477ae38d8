package scoreboard

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"flyball.dev/flyball/sim/load"
)

// Load is a load with a name.
type Load struct {
	Name string
	// Begin is the start time, which matters to windows.
	Begin  time.Time
	Length time.Duration
	// High is the 99.9th percentile of its rates, to which it is scaled; greater than 0.
	High float64
	// StepAt is the time of its step; 0 for none.
	StepAt time.Duration
	// New returns the load for one run.
	New func(seed uint64) load.Load
}

// Shapes are the generated loads, [load.Shapes].
func Shapes() []Load {
	var loads []Load
	for _, s := range load.Shapes() {
		loads = append(loads, Load{
			Name: s.Name, Begin: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), Length: s.Length,
			High: load.Quantile(s.New(1), s.Length, 15*time.Second, percentile), StepAt: s.StepAt, New: s.New,
		})
	}
	return loads
}

const percentile = 0.999

// Trace returns a recorded load with a name. A trace with a 99.9th percentile of 0 is an error, because it cannot be scaled.
func Trace(name string, t *load.Trace, play load.Play) (Load, error) {
	high := t.Quantile(percentile)
	if high == 0 {
		return Load{}, fmt.Errorf("trace %s: the 99.9th percentile is 0: the trace cannot be scaled", name)
	}
	if play.Counts {
		high /= t.Step.Seconds()
	}
	return Load{
		Name: name, Begin: t.Start(), Length: t.Length(), High: high,
		New: func(uint64) load.Load { return t.Load(play) },
	}, nil
}

// record is a recorded load of the scoreboard. The files are not part of the repository; docs/scoreboard.md lists their sources.
type record struct {
	file   string
	counts bool
}

var records = []record{
	{"crane_diurnal_1m", false},
	{"crane_peaky_1m", false},
	{"crane_rare_bursts_1m", false},
	{"nasa_http_1m", true},
	{"nab_elb_requests_5m", true},
	{"nab_twitter_amzn_5m", true},
	{"azure_llm_conv_10s", true},
	{"wikipedia_60m", true},
	{"lcg_batch_jobs_1m", true},
}

// furtherRecords are recorded loads that the scoreboard leaves out, so that it takes less than an hour.
var furtherRecords = []record{
	{"crane_two_tier_1m", false},
	{"crane_daily_surges_1m", false},
	{"crane_flat_noisy_1m", false},
	{"crane_spiky_1m", false},
	{"crane_wandering_1m", false},
	{"crane_office_1m", false},
	{"nab_twitter_fb_5m", true},
	{"nab_twitter_ibm_5m", true},
	{"nab_twitter_ko_5m", true},
	{"nab_twitter_cvs_5m", true},
	{"nab_ec2_network_5abac7_5m", false},
}

// coarse is the step from which a trace runs twice: held and interpolated.
const coarse = 5 * time.Minute

// Recorded reads the recorded loads NAME.csv of a directory, and lists missing ones.
func Recorded(folder fs.FS) (loads []Load, absent []string, err error) {
	return readRecords(folder, records)
}

func readRecords(folder fs.FS, records []record) (loads []Load, absent []string, err error) {
	for _, r := range records {
		text, err := fs.ReadFile(folder, r.file+".csv")
		if errors.Is(err, fs.ErrNotExist) {
			absent = append(absent, r.file)
			continue
		}
		if err != nil {
			return nil, nil, err // the error names the file
		}
		played, err := r.played(string(text))
		if err != nil {
			return nil, nil, err
		}
		loads = append(loads, played...)
	}
	return loads, absent, nil
}

// played returns a record as one load, or as two if its step is coarse.
func (r record) played(text string) ([]Load, error) {
	t, err := load.ParseTrace(text)
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", r.file, err)
	}
	held, err := Trace(r.file, t, load.Play{Counts: r.counts})
	if err != nil {
		return nil, err
	}
	if t.Step < coarse {
		return []Load{held}, nil
	}
	drawn, err := Trace(r.file+" interpolated", t, load.Play{Counts: r.counts, Interpolate: true})
	return []Load{held, drawn}, err
}

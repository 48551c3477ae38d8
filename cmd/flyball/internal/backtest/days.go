package backtest

import (
	"errors"
	"time"

	"github.com/prometheus/common/model"
)

// days is the value of a flag: a duration in Prometheus' form, which has days and weeks.
type days time.Duration

// Set is part of pflag.Value.
func (d *days) Set(text string) error {
	parsed, err := model.ParseDuration(text)
	if err != nil {
		return errors.New("must be a duration such as 7d, 12h or 30s")
	}
	*d = days(parsed)
	return nil
}

// String is part of pflag.Value.
func (d *days) String() string { return model.Duration(*d).String() }

// Type is part of pflag.Value; the help shows it.
func (d *days) Type() string { return "duration" }

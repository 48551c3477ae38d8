package backtest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/cmd/flyball/internal/progress"
	"flyball.dev/flyball/sim/backtest"
)

// tuning is the answer of --tune: the settings with the best of cost and shortage on the first half of the history, and their scores
// on the second.
type tuning struct {
	Split time.Time `json:"split"`
	// Tried is the number of settings.
	Tried    int     `json:"tried"`
	Current  trial   `json:"current"`
	Frontier []trial `json:"frontier"`
	// Recommended is a setting of the frontier that is better than the current one on both halves; nil for none.
	Recommended *trial `json:"recommended,omitempty"`
	// Reason is why nothing is recommended; empty where something is.
	Reason string `json:"reason,omitempty"`
}

// trial is a setting with its scores on both halves.
type trial struct {
	Name       string          `json:"name"`
	Setting    setting         `json:"setting"`
	FirstHalf  backtest.Scores `json:"firstHalf"`
	SecondHalf backtest.Scores `json:"secondHalf"`
	// Better reports that the setting is better than the current one on both halves.
	Better bool `json:"better"`
	// Manifest is the policy with the setting.
	Manifest string `json:"manifest,omitempty"`
}

// tuner searches settings of a policy.
type tuner struct {
	policy        *candidate
	first, second *backtest.History
	label         string
	price         float64
	tried         map[string]bool
	trials        []trial
	progress      *progress.Progress
}

// profilesToTry are those of --tune; the first is the policy's own damping.
var profilesToTry = []v1alpha1.DampingProfile{
	"", v1alpha1.DampingBalanced, v1alpha1.DampingResponsive, v1alpha1.DampingThrifty, v1alpha1.DampingSteady,
}

// targetsToTry in percent of the policy's own, holdsToTry the holds of damping.
var (
	targetsToTry = []int{85, 93, 100, 108, 116}
	holdsToTry   = []string{"5m", "20m"}
)

// leastHalf is the shortest half of a history that shows how a policy does.
const leastHalf = 3 * time.Hour

// tune searches the frontier on the first half: profiles and targets, then holds and a window for those on the frontier.
func (q *question) tune(r *report, h *backtest.History, c *candidate, p *progress.Progress) (*tuning, error) {
	t := &tuner{
		policy: c, first: h.Part(0, 0.5), second: h.Part(0.5, 1), label: q.namespaceLabel, price: q.price, tried: map[string]bool{}, progress: p,
	}
	if t.first.Length < leastHalf {
		return nil, fmt.Errorf("--tune: the history is %s long: must be at least %s", h.Length, 2*leastHalf)
	}
	for _, profile := range profilesToTry {
		for _, target := range targetsToTry {
			if err := t.try(&setting{Profile: profile, TargetPercent: target}); err != nil {
				return nil, err
			}
		}
	}
	window, err := t.window()
	if err != nil {
		return nil, err
	}
	for _, best := range t.frontier() {
		if err := t.refine(best.Setting, window); err != nil {
			return nil, err
		}
	}
	p.End()
	return t.answer(r)
}

// refine tries holds and the window with a setting.
func (t *tuner) refine(s setting, window *v1alpha1.Window) error {
	for _, hold := range holdsToTry {
		held := s
		if held.Hold = hold; s.Profile == "" && t.policy.autoscaler.Spec.Damping == nil {
			continue // a hold without damping is the stabilization window
		}
		if err := t.try(&held); err != nil {
			return err
		}
	}
	if window == nil {
		return nil
	}
	s.Window = window
	return t.try(&s)
}

// try scores a setting on the first half.
func (t *tuner) try(s *setting) error {
	if t.tried[s.String()] {
		return nil
	}
	t.tried[s.String()] = true
	scores, err := t.score(s, t.first)
	if err != nil {
		return err
	}
	t.trials = append(t.trials, trial{Name: s.String(), Setting: *s, FirstHalf: *scores})
	t.progress.Left("tuning", math.Min(1, float64(len(t.trials))/40))
	return nil
}

func (t *tuner) score(s *setting, h *backtest.History) (*backtest.Scores, error) {
	c := s.apply(t.policy)
	if err := c.compile(t.label); err != nil {
		return nil, err
	}
	run, err := backtest.Replay(h, c.spec, backtest.Options{Price: t.price})
	if err != nil {
		return nil, err
	}
	return &run.Scores, nil
}

// frontier are the trials than which no other has both fewer pod-hours and less shortage, by pod-hours.
func (t *tuner) frontier() []trial {
	all := slices.Clone(t.trials)
	slices.SortStableFunc(all, func(a, b trial) int {
		return cmp.Or(cmp.Compare(a.FirstHalf.PodHours, b.FirstHalf.PodHours), cmp.Compare(a.FirstHalf.MissingPodMinutes, b.FirstHalf.MissingPodMinutes))
	})
	var best []trial
	least := math.Inf(1)
	for _, one := range all {
		if missing := one.FirstHalf.MissingPodMinutes; missing < least {
			least = missing
			best = append(best, one)
		}
	}
	return best
}

// window is a daily one around the worst hour of the policy on the first half, with the replicas that its demand needs at the targets;
// nil without a shortage, or in a half of less than two days, which shows no daily pattern.
func (t *tuner) window() (*v1alpha1.Window, error) {
	own := &t.trials[slices.IndexFunc(t.trials, func(one trial) bool { return one.Name == unchanged })]
	worst := own.FirstHalf.WorstHour
	if worst == nil || t.first.Length < 48*time.Hour {
		return nil, nil
	}
	run, err := backtest.Replay(t.first, t.policy.spec, backtest.Options{})
	if err != nil {
		return nil, err
	}
	most := 0.0
	for i, replicas := range run.Replicas.Values {
		if when := run.Replicas.Time(i); when.Hour() == worst.Start.Hour() && !math.IsNaN(replicas) {
			most = max(most, replicas)
		}
	}
	return windowAt(worst.Start, int32(most)), nil
}

// unchanged is the name of the setting that changes nothing.
const unchanged = "unchanged"

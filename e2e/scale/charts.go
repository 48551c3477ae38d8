package scale

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"flyball.dev/flyball/sim/report"
)

// WriteCharts writes the plots into a folder: the CPU of an evaluation by the number of autoscalers, and the distribution of the
// steps.
func (r *Report) WriteCharts(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return errors.Join(
		write(filepath.Join(folder, "scale-cpu.svg"), r.cpuChart()),
		write(filepath.Join(folder, "scale-step.svg"), r.stepChart()),
	)
}

func write(path string, chart *report.Scatter) error {
	if len(chart.Sets) == 0 {
		return nil
	}
	svg, err := chart.SVG()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(svg), 0o644)
}

func (r *Report) cpuChart() *report.Scatter {
	chart := &report.Scatter{X: "autoscalers", Y: "cluster CPU per evaluation, ms"}
	index := map[string]int{}
	for _, result := range r.Results {
		if result.Cost == nil || result.Cost.Evaluations == 0 {
			continue
		}
		i, known := index[result.Arm]
		if !known {
			i = len(chart.Sets)
			index[result.Arm] = i
			chart.Sets = append(chart.Sets, report.Set{Name: result.Title, Color: report.PolicyColor(i), Joined: true})
		}
		set := &chart.Sets[i]
		set.Points = append(set.Points, report.Point{X: float64(result.Autoscalers), Y: result.Cost.CPUPerEvaluation})
		set.Labels = append(set.Labels, fmt.Sprintf("%.2f", result.Cost.CPUPerEvaluation))
	}
	return chart
}

// points of a distribution's line.
const points = 40

// stepChart has the distributions with the highest number of autoscalers.
func (r *Report) stepChart() *report.Scatter {
	chart := &report.Scatter{X: "seconds from visible in Prometheus to written", Y: "% of Deployments"}
	largest := 0
	for _, result := range r.Results {
		largest = max(largest, result.Autoscalers)
	}
	add := func(name string, s *Step) {
		if s == nil || len(s.Seconds) == 0 {
			return
		}
		set := report.Set{Name: name, Color: report.PolicyColor(len(chart.Sets)), Joined: true}
		for i := 1; i <= points; i++ {
			q := float64(i) / points
			if seconds, ok := s.Quantile(q); ok {
				set.Points = append(set.Points, report.Point{X: seconds, Y: 100 * q})
			}
		}
		chart.Sets = append(chart.Sets, set)
	}
	for _, result := range r.Results {
		if result.Autoscalers == largest {
			add(result.Title, result.Step)
			add(result.Title+", no rollouts", result.FrozenStep)
		}
	}
	return chart
}

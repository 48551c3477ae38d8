package scale

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"flyball.dev/flyball/sim/report"
)

// WriteCharts writes the plots of the reports into a folder: the CPU of an evaluation by the number of autoscalers, and the
// distribution of the steps.
func WriteCharts(folder string, reports []*Report) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	results := alike(reports)
	return errors.Join(
		write(filepath.Join(folder, "scale-cpu.svg"), cpuChart(results)),
		write(filepath.Join(folder, "scale-step.svg"), stepChart(results)),
	)
}

// alike are the results in the setting, and with the cluster, of the first of all.
func alike(reports []*Report) []*Result {
	var results []*Result
	for _, r := range reports {
		for _, result := range r.Results {
			first := result
			if len(results) > 0 {
				first = results[0]
			}
			sameCluster := r.Namespaces == reports[0].Namespaces && r.Pods == reports[0].Pods
			if sameCluster && result.Period == first.Period && result.Load == first.Load {
				results = append(results, result)
			}
		}
	}
	return results
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

func cpuChart(results []*Result) *report.Scatter {
	chart := &report.Scatter{X: "autoscalers", Y: "cluster CPU per evaluation, ms"}
	index := map[string]int{}
	for _, result := range results {
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

// stepChart has the distributions with the number of autoscalers at which most arms have one.
func stepChart(results []*Result) *report.Scatter {
	chart := &report.Scatter{X: "seconds from visible in Prometheus to written", Y: "% of Deployments", LegendAtBottom: true}
	steps, most := map[int]int{}, 0
	for _, result := range results {
		if n := result.Autoscalers; result.Step != nil {
			if steps[n]++; steps[n] >= steps[most] {
				most = n
			}
		}
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
	for _, result := range results {
		if result.Autoscalers == most {
			add(result.Title, result.Step)
			add(result.Title+", no rollouts", result.FrozenStep)
		}
	}
	return chart
}

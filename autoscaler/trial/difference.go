package trial

import (
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// Line is a line of a difference: Mark is "-" or "+" for one that goes or comes, and a space for one that stays.
type Line struct{ Mark, Text string }

// context is the number of lines around those that differ.
const context = 3

func specDifference(before, after *v1alpha1.HorizontalAutoscalerSpec) ([]Line, error) {
	type object struct {
		Spec *v1alpha1.HorizontalAutoscalerSpec `json:"spec"`
	}
	old, err := yaml.Marshal(object{before})
	if err != nil {
		return nil, err
	}
	fresh, err := yaml.Marshal(object{after})
	if err != nil {
		return nil, err
	}
	return trim(difference(lines(old), lines(fresh))), nil
}

func lines(text []byte) []string { return strings.Split(strings.TrimRight(string(text), "\n"), "\n") }

// difference is the shortest one, by the longest common subsequence of lines.
func difference(a, b []string) []Line {
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i, old := range slices.Backward(a) {
		for j, fresh := range slices.Backward(b) {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); old == fresh {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var found []Line
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			found = append(found, Line{" ", a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			found = append(found, Line{"-", a[i]})
			i++
		default:
			found = append(found, Line{"+", b[j]})
			j++
		}
	}
	return found
}

// trim keeps the lines that differ and those around them.
func trim(all []Line) []Line {
	near := make([]bool, len(all))
	for i := range all {
		if all[i].Mark == " " {
			continue
		}
		for j := max(0, i-context); j <= min(len(all)-1, i+context); j++ {
			near[j] = true
		}
	}
	var kept []Line
	for i, line := range all {
		if near[i] {
			kept = append(kept, line)
		}
	}
	return kept
}

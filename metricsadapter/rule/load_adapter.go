package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
)

// addDiscovery adds a rule of prometheus-adapter's.
func (l *loader) addDiscovery(external bool) func(place string, text []byte) error {
	return func(place string, text []byte) error {
		var written discoveryConfig
		if err := unmarshalStrict(text, &written); err != nil {
			return err
		}
		rule, err := written.check(place, external)
		if err != nil {
			return err
		}
		l.loaded.discoveries = append(l.loaded.discoveries, rule)
		return nil
	}
}

// addUsages adds prometheus-adapter's resource rules at a place of the file.
func (l *loader) addUsages(prefix string, text json.RawMessage) {
	var written resourceRules
	if len(text) == 0 {
		return
	}
	if err := unmarshalStrict(text, &written); err != nil {
		l.problems = append(l.problems, Problem{Rule: prefix, Reason: err.Error()})
		return
	}
	var window model.Duration
	if written.Window != "" {
		var err error
		if window, err = model.ParseDuration(written.Window); err != nil {
			l.problems = append(l.problems, Problem{Rule: prefix + ".window", Reason: fmt.Sprintf("%q is not a duration, such as 5m", written.Window)})
		}
	}
	add := func(name string, text json.RawMessage) {
		if len(text) == 0 {
			return
		}
		l.add(prefix+"."+name, text, func(place string, text []byte) error {
			rule := new(usageRule)
			if err := unmarshalStrict(text, rule); err != nil {
				l.loaded.resources = append(l.loaded.resources, unreadableResource(name, text, "containerQuery", "nodeQuery", err))
				return err
			}
			if rule.ContainerQuery == "" && rule.NodeQuery == "" {
				return errors.New("containerQuery, nodeQuery or both must be set")
			}
			l.loaded.usages = append(l.loaded.usages, usage{name: name, place: place, rule: rule, window: time.Duration(window)})
			return nil
		})
	}
	add("cpu", written.CPU)
	add("memory", written.Memory)
}

package server

import (
	"context"
	"fmt"
	"os"

	"k8s.io/klog/v2"

	"flyball.dev/flyball/metricsadapter/rule"
)

// loadRules reads the rules, and logs those that are wrong: each is out of force alone.
func loadRules(ctx context.Context, path string) (*rule.Set, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--rules: %w", err)
	}
	rules, problems, err := rule.Load(text)
	if err != nil {
		return nil, fmt.Errorf("--rules %s: %w", path, err)
	}
	logger := klog.FromContext(ctx)
	for _, problem := range problems {
		logger.Error(nil, "A rule is not in force", "rule", problem.Rule, "reason", problem.Reason)
	}
	logger.Info("Rules are in force", "custom", len(rules.Custom), "external", len(rules.External), "resources", len(rules.Resources))
	return rules, nil
}

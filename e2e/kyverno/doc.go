// Package kyverno holds the test that runs Kyverno's own engine over docs/policies/kyverno.yaml. It is a module of its own: the engine has
// thousands of packages, of another version of Kubernetes than the rest.
package kyverno

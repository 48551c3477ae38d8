// Package peers has the policies that people scale with elsewhere, each as its own project publishes it, so that the simulator
// can hold ours against them: autoscaling/v2 at its defaults and tuned, KEDA, Datadog's watermarks, Knative, Azure's rules, and
// target tracking. Each is asked for the same [Goal], and tested against examples of its own documentation.
//
// A peer sees what its own controller would see, and nothing more. What is here is arithmetic; how a project reads its metrics
// is the plant's to simulate.
package peers

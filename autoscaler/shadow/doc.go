// Package shadow compares the decisions of an autoscaler in mode Shadow with the replicas that another controller, or a person,
// sets: how often and by how much they differ, which part of the policy explains it, and what both cost. Its state is bounded.
package shadow

// Package scale measures what many autoscalers cost a cluster and how soon they react: Flyball's, and upstream's HPA on Flyball's
// metrics adapter or on another one, each on the same Deployments in the same run.
//
// Its single job is to measure. It starts a cluster, populates it, gives every arm its turn, and reports. It has no goals: who
// reads the report compares.
package scale

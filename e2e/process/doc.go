// Package process runs the programs of the local cluster as children that cannot outlive their parent.
//
// Its single job is one child process: start it in a process group of its own with its output in a file, say when
// and how it ended, and end it with everything it started. It does not depend on Kubernetes and never restarts a child.
package process

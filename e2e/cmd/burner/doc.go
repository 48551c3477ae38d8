// Command burner is the sample application on a real node: a container that really burns CPU.
//
// Its single job is to burn its share of a load that is given in a file of a mounted folder, so that it needs no network. The
// file names the CPU of the whole workload in millicores; every running burner of the workload keeps a file in the same
// folder fresh, and each takes an equal share. It never decides what the load is, and burns nothing while
// the load is unknown.
package main

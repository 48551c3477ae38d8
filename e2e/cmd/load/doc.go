// Command load plays the applications on a cluster's simulated nodes: see package exporter.
package main

// Package local starts everything on one machine in one call: a cluster, the program that plays its applications, and
// Flyball installed from its chart.
//
// Its single job is to put packages cluster, load and install together. It holds no application and no story.
package local

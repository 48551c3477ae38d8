// Package chart draws what a simulation has made: lines over time, with bands where windows are open, and points of two scores
// against each other. It gives SVG that reads well on light and on dark pages, and that keeps the peaks of long runs.
package chart

// Package report draws simulations. [Page] is an HTML page that compares policies on one load: their scores, the load, the
// capacity and the replicas over time with the open windows, and how often each step changed a decision. The page needs no
// other file. [Timeline] and [Scatter] are plots as SVG, readable on light and on dark pages.
package report

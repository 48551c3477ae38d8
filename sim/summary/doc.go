// Package summary makes one page of what policies have made of a load: their scores, load and capacity and replicas over time
// with the windows that were open, and which steps made their decisions. The page is one file that needs no other.
package summary

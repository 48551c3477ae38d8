// Package sigv4 signs requests for Amazon's services. It is apart from prom because Amazon's SDK has 80 packages, which a
// program that reads no file of servers does without.
package sigv4

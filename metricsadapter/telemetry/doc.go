// Package telemetry exports metrics about the queries of each rule: refreshes by outcome, duration, rows, sample age,
// and open circuit breakers.
//
// The rules bound the number of series: queries that differ from the rule's query, because a request restricts them or
// a spec contains them, share one label value.
package telemetry

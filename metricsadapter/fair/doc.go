// Package fair shares the turns of one server among classes of queries. It decides which query is next, and which is
// refused because its class has used up its budget of query time; it never waits, and knows no clock.
//
// The order is start-time fair queueing (Goyal, Vin and Cheng, 1996): a class with queries in the queue receives its
// weighted share of query time, whatever the other classes ask for, and a class that was idle earns no credit. The cost of
// a query is its time at the server, which is an estimate until the query has ended.
package fair

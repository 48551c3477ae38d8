// Package fair shares the concurrent queries of one server among classes of queries. It selects the next query, and
// rejects queries of a class that has used up its query budget. It does not wait, and the caller passes the time.
//
// The order is start-time fair queueing (Goyal, Vin and Cheng, 1996): a class with queued queries receives its weighted
// share of query time, however many queries other classes send, and an idle class earns no credit. The cost of a query
// is its duration at the server, which is estimated until the query has ended.
package fair

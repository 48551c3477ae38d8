// Command enclosure runs the programs of a spec file in namespaces that take everything with them when they end.
//
// Its single job is to be the two processes that package enclosure needs: the one outside that makes the
// namespaces, and the first one inside.
package main

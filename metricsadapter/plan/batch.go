package plan

// Request is a query, and whose rows of its answer somebody wants.
type Request struct {
	Query Query
	// Namespaces whose rows are wanted; nil for the rows of all, which is also what a query without a namespace label gives.
	Namespaces []string
}

// Batch gathers wants, each query once, in the order in which they first came.
type Batch struct {
	Requests   []Request
	index      map[Query]int
	namespaces map[namespaceKey]struct{}
}

type namespaceKey struct {
	place     int
	namespace string
}

// Add gives the place of the query in the batch. An empty namespace wants all rows.
func (b *Batch) Add(q Query, namespace string) int {
	if b.index == nil {
		b.index, b.namespaces = make(map[Query]int), make(map[namespaceKey]struct{})
	}
	if q.Namespace == "" || q.FixedNamespace != "" {
		namespace = ""
	}
	place, known := b.index[q]
	if !known {
		place = len(b.Requests)
		b.index[q] = place
		b.Requests = append(b.Requests, Request{Query: q})
	}
	want := &b.Requests[place]
	if namespace == "" {
		want.Namespaces = nil
		b.namespaces[namespaceKey{place, ""}] = struct{}{}
		return place
	}
	if _, all := b.namespaces[namespaceKey{place, ""}]; all {
		return place
	}
	if _, is := b.namespaces[namespaceKey{place, namespace}]; !is {
		b.namespaces[namespaceKey{place, namespace}] = struct{}{}
		want.Namespaces = append(want.Namespaces, namespace)
	}
	return place
}

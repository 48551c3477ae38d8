package plan

// Request is a query, and the namespaces whose rows of its result are requested.
type Request struct {
	Query Query
	// Namespaces whose rows are requested; nil for all rows, and for queries without a namespace label.
	Namespaces []string
}

// Batch collects requests, each query once, in the order of their first occurrence.
type Batch struct {
	Requests   []Request
	index      map[Query]int
	namespaces map[namespaceKey]struct{}
}

type namespaceKey struct {
	place     int
	namespace string
}

// Add returns the index of the query in the batch. An empty namespace requests all rows.
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
	if _, ok := b.namespaces[namespaceKey{place, namespace}]; !ok {
		b.namespaces[namespaceKey{place, namespace}] = struct{}{}
		want.Namespaces = append(want.Namespaces, namespace)
	}
	return place
}

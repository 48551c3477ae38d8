package queue

import (
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// maxBatch bounds one batch, so that many objects that fall due at once are processed in several batches.
const maxBatch = 2000

// New returns a queue of objects by their names. Its name labels the metrics of client-go.
func New(name string) workqueue.TypedDelayingInterface[cache.ObjectName] {
	return workqueue.NewTypedDelayingQueueWithConfig(workqueue.TypedDelayingQueueConfig[cache.ObjectName]{Name: name})
}

// Batch waits until the queue has an object and returns all that it has, up to 2,000. ok is false once the queue is shut down.
func Batch(queue workqueue.TypedInterface[cache.ObjectName]) (batch []cache.ObjectName, ok bool) {
	for len(batch) == 0 || (queue.Len() > 0 && len(batch) < maxBatch) {
		key, shutdown := queue.Get()
		if shutdown {
			return nil, false
		}
		batch = append(batch, key)
	}
	return batch, true
}

// AddOnChange adds an object to the queue when it is created or deleted, and when its generation or its labels, by which
// ScaleWindows select, change. Updates of a status add nothing.
func AddOnChange(queue interface{ Add(cache.ObjectName) }) cache.ResourceEventHandlerDetailedFuncs {
	add := func(object any) {
		name, err := cache.DeletionHandlingObjectToName(object)
		if err != nil {
			utilruntime.HandleError(err)
			return
		}
		queue.Add(name)
	}
	return cache.ResourceEventHandlerDetailedFuncs{
		AddFunc:    func(object any, _ bool) { add(object) },
		DeleteFunc: add,
		UpdateFunc: func(before, after any) {
			if changed(before, after) {
				add(after)
			}
		},
	}
}

// CallOnChange calls handle with each object that is created or deleted, and with both versions of one whose generation or
// labels change.
func CallOnChange(handle func(object any)) cache.ResourceEventHandlerFuncs {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    handle,
		DeleteFunc: handle,
		UpdateFunc: func(before, after any) {
			if changed(before, after) {
				handle(before)
				handle(after)
			}
		},
	}
}

// changed reports whether two versions of an object differ in their generation or labels.
func changed(before, after any) bool {
	older, ok := before.(metav1.Object)
	newer, isObject := after.(metav1.Object)
	return !ok || !isObject || older.GetGeneration() != newer.GetGeneration() || !maps.Equal(older.GetLabels(), newer.GetLabels())
}

package controller

import (
	"hash/fnv"
	"maps"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

const (
	// maxBatch bounds one tick, so that a crowd that is due at once is answered piece by piece.
	maxBatch = 2000
	// slot is the grain of the spread: autoscalers of one slot fall due together, and so make a batch.
	slot = 250 * time.Millisecond
)

func newQueue(name string) workqueue.TypedDelayingInterface[cache.ObjectName] {
	return workqueue.NewTypedDelayingQueueWithConfig(workqueue.TypedDelayingQueueConfig[cache.ObjectName]{Name: name})
}

// wakeOnSpecChange makes an object due as soon as it is new, has another generation or other labels, by which ScaleWindows
// select, or is gone. Status writes, our own among them, wake nobody.
func wakeOnSpecChange(queue interface{ Add(cache.ObjectName) }) cache.ResourceEventHandlerDetailedFuncs {
	wake := func(changed any) {
		name, err := cache.DeletionHandlingObjectToName(changed)
		if err != nil {
			utilruntime.HandleError(err)
			return
		}
		queue.Add(name)
	}
	return cache.ResourceEventHandlerDetailedFuncs{
		AddFunc:    func(added any, _ bool) { wake(added) },
		DeleteFunc: wake,
		UpdateFunc: func(before, after any) {
			if changed(before, after) {
				wake(after)
			}
		},
	}
}

// whenSelectionMayChange calls look with each object that is new, gone or changed, with both versions of the latter.
func whenSelectionMayChange(look func(object any)) cache.ResourceEventHandlerFuncs {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    look,
		DeleteFunc: look,
		UpdateFunc: func(before, after any) {
			if changed(before, after) {
				look(before)
				look(after)
			}
		},
	}
}

// changed says whether two versions of an object differ in more than their status and their notes.
func changed(before, after any) bool {
	was, ok := before.(metav1.Object)
	is, same := after.(metav1.Object)
	return !ok || !same || was.GetGeneration() != is.GetGeneration() || !maps.Equal(was.GetLabels(), is.GetLabels())
}

// due waits until something is due and takes all that is. open is false once the queue was shut down.
func due(queue workqueue.TypedInterface[cache.ObjectName]) (batch []cache.ObjectName, open bool) {
	for len(batch) == 0 || (queue.Len() > 0 && len(batch) < maxBatch) {
		key, shutdown := queue.Get()
		if shutdown {
			return nil, false
		}
		batch = append(batch, key)
	}
	return batch, true
}

// untilSlot is the time from now to the next moment of an object's slot. The slot comes from its UID, so that objects are
// spread evenly, and an object keeps its place over restarts.
func untilSlot(uid types.UID, now time.Time, period time.Duration) time.Duration {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(uid)) // a hash's Write never fails
	slots := max(1, uint64(period/slot))
	offset := time.Duration(hash.Sum64()%slots) * slot
	since := time.Duration(now.UnixNano()) % period
	wait := offset - since
	if wait <= 0 {
		wait += period
	}
	return wait
}

package target

import (
	"context"
	"runtime"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// maxBytesPerPod is the limit of what the informer and the index of pods keep of one pod.
const maxBytesPerPod = 1500

// TestMemoryOfPods measures the heap that 50,000 pods take in the informer and in an index by two labels.
func TestMemoryOfPods(t *testing.T) {
	const pods = 50_000
	informer := cache.NewSharedIndexInformer(streamOfPods(pods), &corev1.Pod{}, 0, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	found, err := NewPods(informer, noReplicaSets())
	if err != nil {
		t.Fatal(err)
	}
	before := heap()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		informer.RunWithContext(ctx)
	}()
	if !cache.WaitForCacheSync(ctx.Done(), found.HasSynced) {
		t.Fatal("the informer has not synced")
	}
	selector, err := (&Scale{Selector: "app.kubernetes.io/name=web,app.kubernetes.io/instance=app-1"}).PodSelector()
	if err != nil {
		t.Fatal(err)
	}
	if got := len(found.Select("shop", selector)); got != 5 {
		t.Fatalf("%d pods were found, want 5", got)
	}
	each := (heap() - before) / pods
	t.Logf("%d bytes for each of %d pods", each, pods)
	if each > maxBytesPerPod {
		t.Errorf("a pod takes %d bytes, want at most %d", each, maxBytesPerPod)
	}
	stop()
	<-done
	runtime.KeepAlive(found)
}

// heap returns the bytes of the heap that are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // interned strings that nothing uses are freed by the second
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// streamOfPods watches pods that the API server streams one by one, and then reports as complete.
func streamOfPods(pods int) *cache.ListWatch {
	return &cache.ListWatch{
		WatchFuncWithContext: func(_ context.Context, options metav1.ListOptions) (watch.Interface, error) {
			events := make(chan watch.Event)
			stream := watch.NewProxyWatcher(events)
			send := func(event watch.Event) bool {
				select {
				case events <- event:
					return true
				case <-stream.StopChan():
					return false
				}
			}
			go func() {
				defer close(events)
				if options.SendInitialEvents != nil && *options.SendInitialEvents {
					for i := range pods {
						if !send(watch.Event{Type: watch.Added, Object: typicalPod(i, 5)}) {
							return
						}
					}
					send(watch.Event{Type: watch.Bookmark, Object: &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
						ResourceVersion: "2000000", Annotations: map[string]string{metav1.InitialEventsAnnotationKey: "true"},
					}}})
				}
				<-stream.StopChan()
			}()
			return stream, nil
		},
		ListWithContextFunc: func(context.Context, metav1.ListOptions) (apiruntime.Object, error) {
			panic("the initial list is not streamed")
		},
	}
}

package target

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// ResourceQuotas reads whether quotas that refused pods have room again. It watches them once a quota refuses a pod.
type ResourceQuotas struct {
	start  func()
	quotas atomic.Pointer[syncedQuotas]
	denied atomic.Bool
}

type syncedQuotas struct {
	listers.ResourceQuotaLister
	synced cache.InformerSynced
}

// NewResourceQuotas returns the quotas of the namespace, or of all if it is empty. The watch runs until ctx ends.
func NewResourceQuotas(ctx context.Context, kube kubernetes.Interface, namespace string) *ResourceQuotas {
	q := &ResourceQuotas{}
	q.start = sync.OnceFunc(func() {
		factory := informers.NewSharedInformerFactoryWithOptions(kube, 0, informers.WithNamespace(namespace), informers.WithTransform(compactResourceQuota))
		quotas := factory.Core().V1().ResourceQuotas()
		if err := quotas.Informer().SetWatchErrorHandlerWithContext(q.failed); err != nil {
			utilruntime.HandleErrorWithContext(ctx, err, "Failed to watch ResourceQuotas")
			return
		}
		q.quotas.Store(&syncedQuotas{quotas.Lister(), quotas.Informer().HasSynced})
		factory.StartWithContext(ctx)
	})
	return q
}

// failed handles an error of the informer, which then tries again. A missing permission is logged once.
func (q *ResourceQuotas) failed(ctx context.Context, reflector *cache.Reflector, err error) {
	switch {
	case !apierrors.IsForbidden(err):
		cache.DefaultWatchErrorHandler(ctx, reflector, err)
	case !q.denied.Swap(true):
		klog.FromContext(ctx).Info("Cannot watch ResourceQuotas; pods that a quota refuses are created when their controller tries again, until list and watch are permitted",
			"reason", err.Error())
	}
}

// exceeded is the message of the API server about a pod that a quota refuses: the quota, and what the pod would use of it.
var exceeded = regexp.MustCompile(`exceeded quota: ([^,\s]+), requested: (\S+), used: `)

// HaveRoom reports whether the quota that refused a pod, in the words of the API server, has room for it now, or no longer exists. It
// is false while that is unknown, and for any other refusal.
func (q *ResourceQuotas) HaveRoom(namespace, refusal string) bool {
	refused := exceeded.FindStringSubmatch(refusal)
	if refused == nil {
		return false
	}
	q.start()
	quotas := q.quotas.Load()
	if quotas == nil || !quotas.synced() {
		return false
	}
	quota, err := quotas.ResourceQuotas(namespace).Get(refused[1])
	if err != nil {
		return apierrors.IsNotFound(err)
	}
	for request := range strings.SplitSeq(refused[2], ",") {
		if !hasRoom(&quota.Status, request) {
			return false
		}
	}
	return true
}

// hasRoom reports whether a quota has room for a request such as pods=1. Admission reads the limits of the status, too.
func hasRoom(quota *corev1.ResourceQuotaStatus, request string) bool {
	name, value, _ := strings.Cut(request, "=")
	amount, err := resource.ParseQuantity(value)
	if err != nil {
		return false
	}
	hard, limited := quota.Hard[corev1.ResourceName(name)]
	if !limited {
		return true
	}
	amount.Add(quota.Used[corev1.ResourceName(name)])
	return amount.Cmp(hard) <= 0
}

// compactResourceQuota is the transform of the informer.
func compactResourceQuota(object any) (any, error) {
	quota, ok := object.(*corev1.ResourceQuota)
	if !ok {
		return object, nil // a cache.DeletedFinalStateUnknown
	}
	return &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: quota.Namespace, Name: quota.Name, ResourceVersion: quota.ResourceVersion},
		Status:     quota.Status,
	}, nil
}

var _ cache.TransformFunc = compactResourceQuota

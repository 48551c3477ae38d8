package realnode

import (
	"os"
	"path/filepath"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/e2e/cluster"
)

// Place makes a pod run on a real node, where no other pod is let in.
func Place(pod *corev1.PodSpec) {
	pod.NodeSelector = map[string]string{cluster.NodeTypeLabel: Kind}
	pod.Tolerations = append(pod.Tolerations, corev1.Toleration{
		Key: cluster.NodeTypeLabel, Operator: corev1.TolerationOpEqual, Value: Kind, Effect: corev1.TaintEffectNoSchedule,
	})
}

// Burner is a pod of the sample application on a real node: one container, named burner, that requests the CPU given and
// burns its share of the load in the folder. All burners of a workload get the same folder of this machine.
func Burner(folder string, request resource.Quantity) corev1.PodSpec {
	pod := corev1.PodSpec{
		AutomountServiceAccountToken:  new(false),
		EnableServiceLinks:            new(false),
		TerminationGracePeriodSeconds: new(int64(2)),
		Containers: []corev1.Container{{
			Name: "burner", Image: BurnerImage, ImagePullPolicy: corev1.PullNever,
			Resources:    corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: request}},
			VolumeMounts: []corev1.VolumeMount{{Name: "load", MountPath: "/load"}},
		}},
		Volumes: []corev1.Volume{{Name: "load", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: folder}}}},
	}
	Place(&pod)
	return pod
}

// SetLoad sets the CPU, in millicores, that the burners of a folder burn together. They hear of it within a second.
func SetLoad(folder string, millicores float64) error {
	path := filepath.Join(folder, "millicores")
	// By way of another file, so that no burner ever reads half a number.
	if err := os.WriteFile(path+".new", []byte(strconv.FormatFloat(millicores, 'f', -1, 64)), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

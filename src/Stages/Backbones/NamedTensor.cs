// A tensor with the name it has in checkpoints.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Backbones;

/// <summary>A view of state for checkpoints. The tensor stays the component's own: read it, or copy into it, but do not dispose it.</summary>
/// <param name="Name">Unique within the component and stable between versions, for example <c>block1.conv1.weight</c>.</param>
/// <param name="Tensor">fp32.</param>
public readonly record struct NamedTensor(string Name, Tensor Tensor);

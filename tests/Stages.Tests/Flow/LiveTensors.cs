// Counts native tensors, so that a test sees a leak.
using TorchSharp;

namespace XClassFlow.Stages.Tests.Flow;

/// <summary>Tests that count tensors run alone: the count is the process's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LiveTensors
{
    public const string Name = "counts live tensors";

    /// <summary>Native tensors that are alive, after the finalizers of other tests' garbage.</summary>
    public static long Count()
    {
#pragma warning disable RS0030 // To count, garbage must be gone; nothing here relies on it for freeing memory.
        GC.Collect();
        GC.WaitForPendingFinalizers();
#pragma warning restore RS0030
        return torch.Tensor.TotalCount;
    }

    /// <summary>Native tensors now, garbage included: a lost tensor counts until a finalizer finds it.</summary>
    public static long CountWithGarbage() => torch.Tensor.TotalCount;
}

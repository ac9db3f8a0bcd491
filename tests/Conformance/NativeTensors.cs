// Counts the native tensors of the process.
using TorchSharp;

namespace XClassFlow.Conformance;

/// <summary>Tests that count tensors must run one after the other: xunit runs classes of one collection so.</summary>
public static class NativeTensors
{
    /// <summary>The collection of all tests that count tensors; define it with DisableParallelization in the test project.</summary>
    public const string Collection = "counts native tensors";

    /// <summary>Tensors alive, after the garbage of other tests is gone.</summary>
    public static long CountSettled()
    {
#pragma warning disable RS0030 // To count, garbage must be gone; nothing relies on it for freeing memory.
        GC.Collect();
        GC.WaitForPendingFinalizers();
#pragma warning restore RS0030
        return torch.Tensor.TotalCount;
    }

    /// <summary>Tensors alive, lost ones included.</summary>
    public static long Count() => torch.Tensor.TotalCount;
}

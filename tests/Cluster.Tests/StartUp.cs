// Loads libtorch before the first test touches it.
using System.Runtime.CompilerServices;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Cluster.Tests;

internal static class StartUp
{
    [ModuleInitializer]
    internal static void LoadLibTorch() => LibTorch.EnsureLoaded();
}

// Whether the long tests run.
namespace XClassFlow.Cluster.Tests.Lane;

internal static class Soak
{
    /// <summary>Set by the environment variable XCLASSFLOW_SOAK=1.</summary>
    public static bool On => Environment.GetEnvironmentVariable("XCLASSFLOW_SOAK") == "1";
}

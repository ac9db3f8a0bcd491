// A network of namespaces whose hosts can be cut off.
using XClassFlow.Cluster.Benchmarks;

namespace XClassFlow.EndToEnd.Tests.Support;

/// <summary>Hosts of a test.</summary>
/// <param name="hosts">How many.</param>
internal sealed class TestNetwork(int hosts) : NamespaceNetwork(hosts)
{
    /// <summary>Cuts a host off: nothing reaches it, and it notices nothing but silence.</summary>
    public void Cut(int host) => Set(host, "down");

    /// <summary>Joins it again.</summary>
    public void Join(int host) => Set(host, "up");
}

// What the benchmark of the lane found.
namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Result of one run; plain data, to be written as JSON.</summary>
/// <param name="Processors">Cores of the machine.</param>
/// <param name="Fragment">Bytes of the longest frame.</param>
/// <param name="Connections">Connections between the two nodes.</param>
/// <param name="Tls">Whether the lane was encrypted.</param>
/// <param name="Sizes">One entry per size.</param>
public sealed record LaneBenchmarkResult(int Processors, long Fragment, int Connections, bool Tls, IReadOnlyList<LaneBenchmarkSize> Sizes);
